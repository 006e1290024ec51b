package minarai.engine.opencl;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.List;
import java.util.Optional;
import org.lwjgl.opencl.CL;
import org.lwjgl.system.Configuration;

/// The OpenCL loader of this machine, looked for under the names it has on different systems.
final class Library {

    /// Debian's package has only the second; a driver's installer may leave only a path.
    private static final List<String> NAMES = List.of("libOpenCL.so", "libOpenCL.so.1",
            "/usr/lib/x86_64-linux-gnu/libOpenCL.so.1", "/usr/local/cuda/lib64/libOpenCL.so.1", "OpenCL.dll",
            "/System/Library/Frameworks/OpenCL.framework/OpenCL");

    private Library() {
    }

    /// Loads it, unless that was done before.
    ///
    /// @return why there is none, or nothing where there is one
    static Optional<String> absence() {
        Optional<String> found = NAMES.stream().filter(Library::isThere).findFirst();
        if (found.isEmpty()) {
            return Optional.of("no OpenCL library was found (libOpenCL.so.1; on Debian the package "
                    + "ocl-icd-libopencl1)");
        }
        try {
            Configuration.MEMORY_BACKEND.set("ffm");
            Configuration.OPENCL_LIBRARY_NAME.set(found.get());
            CL.getICD();
            return Optional.empty();
        } catch (LinkageError failure) {
            return Optional.of("the OpenCL library %s cannot be used: %s".formatted(found.get(), failure));
        }
    }

    @SuppressWarnings("restricted")
    private static boolean isThere(String name) {
        try (var arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(name, arena);
            return true;
        } catch (IllegalArgumentException absent) {
            return false;
        }
    }
}
