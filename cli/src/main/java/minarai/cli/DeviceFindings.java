package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import minarai.engine.opencl.Device;
import minarai.engine.opencl.OpenClKernels;
import minarai.engine.opencl.Qualification;
import minarai.train.data.Sha256;
import minarai.train.run.AtomicFiles;

/// What was found out about devices, kept in a file for each in `devices` of `MINARAI_HOME`.
final class DeviceFindings {

    private static final long LONGEST = 1 << 16;

    private DeviceFindings() {
    }

    /// The file of a device with its driver and this build's kernels.
    static Path file(Device device) {
        return ModelPath.home().resolve("devices").resolve(Sha256.of(Qualification.keyOf(device)).substring(0, 16)
                + ".txt");
    }

    /// What is known already.
    static Optional<Qualification> known(Device device) {
        return known(file(device), device);
    }

    static Optional<Qualification> known(Path file, Device device) {
        try {
            return Files.isRegularFile(file) && Files.size(file) <= LONGEST
                    ? Qualification.parse(Files.readString(file), device) : Optional.empty();
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
    }

    /// Tries every kernel, and keeps what is found out where anything was timed.
    ///
    /// @param isTimed whether products and memory are timed too
    static Qualification found(OpenClKernels kernels, boolean isTimed, Console console) {
        console.remark("Trying every kernel of %s beside the reference ...", kernels.device());
        var found = Qualification.of(kernels, isTimed, what -> console.remark("  %s", what));
        if (isTimed) {
            Path file = file(kernels.device());
            try {
                Files.createDirectories(file.getParent());
            } catch (IOException failure) {
                throw new UncheckedIOException("cannot make %s; set MINARAI_HOME to a folder that can be written"
                        .formatted(file.getParent()), failure);
            }
            AtomicFiles.writeText(file, found.toText());
        }
        return found;
    }
}
