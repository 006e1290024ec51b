package minarai.engine.opencl;

import static org.lwjgl.opencl.CL12.clReleaseKernel;
import static org.lwjgl.opencl.CL12.clReleaseProgram;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The kernels of a session, built when they are first used.
final class Programs implements AutoCloseable {

    private final Session session;
    private final Sources sources;
    private final Map<String, Long> programs = new HashMap<>();
    private final Map<String, Long> kernels = new HashMap<>();

    Programs(Session session, Sources sources) {
        this.session = session;
        this.sources = sources;
    }

    /// A kernel of a file.
    long kernel(String file, String name) {
        return kernel(file, name, List.of("functions", file), "");
    }

    /// A kernel of attention: a program for each file, because some drivers count the local memory of a whole program.
    long kernelOfAttention(String file, String name) {
        return kernel(file, name, List.of("functions", "attention", file), "");
    }

    /// A kernel that reads stored weights.
    ///
    /// @param options definitions that make a variant of it
    long kernelOfWeights(String file, String name, String options) {
        return kernel(file, name, List.of("functions", "weights", file), options);
    }

    private long kernel(String file, String name, List<String> texts, String options) {
        return kernels.computeIfAbsent(name + options, key -> session.kernel(programs.computeIfAbsent(file + options,
                program -> session.build(file + ".cl", sources.joined(texts), sources.options() + options)), name));
    }

    @Override
    public void close() {
        kernels.values().forEach(kernel -> clReleaseKernel(kernel));
        programs.values().forEach(program -> clReleaseProgram(program));
    }
}
