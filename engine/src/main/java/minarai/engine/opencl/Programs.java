package minarai.engine.opencl;

import static org.lwjgl.opencl.CL12.clReleaseKernel;
import static org.lwjgl.opencl.CL12.clReleaseProgram;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// The kernels of a session, built when they are first used.
final class Programs implements AutoCloseable {

    /// Every source, in the order in which they are hashed.
    private static final List<String> SOURCES = List.of("functions", "weights", "elements", "rows", "norms", "lookup",
            "products", "attention", "attend", "attendQueryGradient", "attendKeyGradient");

    private final Session session;
    private final Map<String, Long> programs = new HashMap<>();
    private final Map<String, Long> kernels = new HashMap<>();

    Programs(Session session) {
        this.session = session;
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

    private long kernel(String file, String name, List<String> sources, String options) {
        return kernels.computeIfAbsent(name + options, key -> session.kernel(programs.computeIfAbsent(file + options,
                program -> session.build(file + ".cl", joined(sources), options)), name));
    }

    private static String joined(List<String> sources) {
        var text = new StringBuilder();
        sources.forEach(source -> text.append(read(source)).append('\n'));
        return text.toString();
    }

    private static String read(String source) {
        try (var stream = Programs.class.getResourceAsStream(source + ".cl")) {
            if (stream == null) {
                throw new IllegalStateException("the kernels of " + source + ".cl are missing from this build");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + source + ".cl", failure);
        }
    }

    /// SHA-256 over all sources, by which cached findings are known to be of these kernels.
    static String hash() {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(joined(SOURCES).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every Java has SHA-256", absent);
        }
    }

    @Override
    public void close() {
        kernels.values().forEach(kernel -> clReleaseKernel(kernel));
        programs.values().forEach(program -> clReleaseProgram(program));
    }
}
