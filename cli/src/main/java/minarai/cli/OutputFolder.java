package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/// Where the results of long work are to go.
final class OutputFolder {

    private OutputFolder() {
    }

    /// Finds out before the work is done whether files can be written into a folder that may not be there yet.
    ///
    /// @throws IllegalArgumentException if not
    static void require(Path folder) {
        Path there = folder.toAbsolutePath().normalize();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        if (!Files.isDirectory(there) || !Files.isWritable(there)) {
            throw new IllegalArgumentException("writing into %s: %s is %s; name a folder for the results (-o)"
                    .formatted(folder, there, Files.isDirectory(there) ? "not writable" : "no folder"));
        }
    }
}
