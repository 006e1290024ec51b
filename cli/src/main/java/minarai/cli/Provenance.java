package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.engine.Numerics;
import minarai.engine.SimdKernels;
import minarai.models.ModelSource;
import minarai.train.Recipe;
import minarai.train.data.Dataset;
import minarai.train.run.RunRecord;

/// What went into a run, by hash, and what it was done with.
final class Provenance {

    /// Files beside the weights that say what the network is.
    private static final List<String> CONFIGURATION = List.of("config.json", "generation_config.json");

    private static final String DATA = "data";
    /// What is left where pairs are forgotten.
    private static final String PAIRS = "pairs";

    private Provenance() {
    }

    /// SHA-256 of the base's weights, of its configuration's and its tokenizer's files, of the chat template and of the
    /// file of pairs.
    static Map<String, String> hashes(ModelSource source, Dataset dataset) {
        var hashes = new LinkedHashMap<String, String>();
        hashes.put("base", source.folder().sha256());
        // A GGUF file holds its configuration and its tokenizer itself: they are hashed for what they say.
        boolean isWhole = source.folder().vocabulary().isPresent();
        hashes.put("configuration", isWhole ? text(source.config().toString()) : files(CONFIGURATION.stream()
                .map(source.folder()::file).flatMap(Optional::stream).toList()));
        hashes.put("tokenizer", isWhole ? source.tokenizerSha256() : files(source.folder().tokenizerFiles()));
        hashes.put("template", text(source.requireTemplate().source()));
        hashes.put(DATA, dataset.sha256());
        return hashes;
    }

    private static String text(String text) {
        return HexFormat.of().formatHex(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// As above, of the test files that the recipe names, and where it forgets pairs of each of them and of all that are
    /// left.
    static Map<String, String> hashes(ModelSource source, Dataset dataset, Recipe recipe) {
        Map<String, String> hashes = hashes(source, dataset);
        for (String file : recipe.test()) {
            hashes.put("test " + Path.of(file).getFileName(), Dataset.read(Path.of(file)).sha256());
        }
        if (!recipe.forget().isEmpty()) {
            dataset.examples().stream().filter(pair -> recipe.forget().contains(pair.id()))
                    .forEach(pair -> hashes.put("forgotten " + pair.id(), pair.sha256()));
            hashes.put(PAIRS, dataset.less(recipe.forget()).contentSha256());
        }
        return hashes;
    }

    /// Of each file: its name in UTF-8, a line feed, its length (u64, big-endian), its bytes.
    private static String files(List<Path> files) {
        var digest = sha256();
        for (Path file : files) {
            try {
                byte[] bytes = Files.readAllBytes(file);
                digest.update((file.getFileName() + "\n").getBytes(StandardCharsets.UTF_8));
                digest.update(ByteBuffer.allocate(Long.BYTES).putLong(bytes.length).flip());
                digest.update(bytes);
            } catch (IOException failure) {
                throw new UncheckedIOException("reading the model's file " + file, failure);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /// @throws IllegalArgumentException if the numerics of this build are not those the run was begun with
    static void requireSameNumerics(RunRecord begun) {
        String before = begun.versions().getOrDefault("numerics", "unknown");
        if (!before.equals(versions().get("numerics"))) {
            throw new IllegalArgumentException(("the run was begun with version %s of the numerics, this build computes "
                    + "version %s; go on with the build that began it").formatted(before, versions().get("numerics")));
        }
    }

    /// @throws IllegalArgumentException if what goes in now is not what went in at the start
    static void requireSame(Map<String, String> recorded, Map<String, String> now, Assignment assignment) {
        firstDifference(recorded, now).ifPresent(what -> {
            throw new IllegalArgumentException(("the %s is not the one the run was begun with: its hash was %.12s…, "
                    + "now it is %.12s… (%s). Put back what was there, or begin a new run.").formatted(what,
                    recorded.getOrDefault(what, "nothing"), now.get(what),
                    what.equals(DATA) ? assignment.data() : assignment.model()));
        });
    }

    /// The first of the things that go in now that is not what went in at the start. Where pairs are forgotten, their rows
    /// may be gone from the file by now: then the pairs that are left count.
    static Optional<String> firstDifference(Map<String, String> recorded, Map<String, String> now) {
        boolean isLeftSame = now.containsKey(PAIRS) && now.get(PAIRS).equals(recorded.get(PAIRS));
        return now.keySet().stream().filter(what -> !isLeftSame || !what.equals(DATA))
                .filter(what -> !now.get(what).equals(recorded.get(what))).findFirst();
    }

    /// What this machine is, as far as it matters for speed.
    static String machine() {
        return "%d processors, vectors of %d bits, %s".formatted(Runtime.getRuntime().availableProcessors(),
                SimdKernels.vectorBits(), System.getProperty("os.arch"));
    }

    /// Programs and definitions that decide the bits, and those that do not but are worth knowing.
    static Map<String, String> versions() {
        var versions = new LinkedHashMap<String, String>();
        versions.put("minarai", Main.version());
        versions.put("numerics", String.valueOf(Numerics.VERSION));
        versions.put("java", Runtime.version().toString());
        versions.put("machine", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        return versions;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java platform has SHA-256", missing);
        }
    }
}
