package minarai.engine.opencl;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What the kernels of a session are built from.
///
/// @param texts   OpenCL C, by the names of the files without `.cl`
/// @param options of every build, each with a blank before it; empty in every build but that of a test
record Sources(Map<String, String> texts, String options) {

    /// In the order in which they are hashed.
    private static final List<String> NAMES = List.of("functions", "weights", "elements", "rows", "norms", "lookup",
            "products", "attention", "attend", "attendQueryGradient", "attendKeyGradient", "probe");

    Sources {
        texts = Map.copyOf(texts);
    }

    /// Those that this build carries.
    static Sources ofBuild() {
        return new Sources(NAMES.stream().collect(Collectors.toMap(name -> name, Sources::read)), "");
    }

    private static String read(String name) {
        try (var stream = Sources.class.getResourceAsStream(name + ".cl")) {
            if (stream == null) {
                throw new IllegalStateException("the kernels of " + name + ".cl are missing from this build");
            }
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + name + ".cl", failure);
        }
    }

    /// One text of several, in this order.
    String joined(List<String> names) {
        return names.stream().map(name -> texts.getOrDefault(name, "") + "\n").collect(Collectors.joining());
    }

    /// SHA-256 over all of it, by which cached findings are known to be of these kernels.
    String hash() {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest((joined(NAMES) + options).getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every Java has SHA-256", absent);
        }
    }
}
