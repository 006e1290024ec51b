package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import minarai.engine.Numerics;
import minarai.engine.SimdKernels;
import minarai.models.ModelSource;
import minarai.train.Recipe;
import minarai.train.data.Dataset;
import minarai.train.data.Sha256;
import minarai.train.run.RunRecord;

/// What went into a run, by hash, and what it was done with.
final class Provenance {

    /// Before the name of a file of the model.
    private static final String FILE = "file ";
    /// The name of a model that is one file, wherever it is carried to.
    private static final String WHOLE = "file of the model";
    private static final String NOTHING = "nothing";

    private static final String DATA = "data";
    /// What is left where pairs are forgotten.
    private static final String PAIRS = "pairs";
    /// Before the id of a pair.
    private static final String FORGOTTEN = "forgotten ";

    private Provenance() {
    }

    /// SHA-256 of the base's weights for what they are, of each file of the model as `sha256sum` says it, headers and
    /// all, of the chat template and of the file of pairs.
    static Map<String, String> hashes(ModelSource source, Dataset dataset) {
        var hashes = new LinkedHashMap<String, String>();
        hashes.put("base", source.folder().sha256());
        for (Path file : source.folder().files()) {
            hashes.put(file.equals(source.folder().path()) ? WHOLE : FILE + file.getFileName(), Sha256.of(file));
        }
        hashes.put("template", Sha256.of(source.requireTemplate().source()));
        hashes.put(DATA, dataset.sha256());
        return hashes;
    }

    /// As above, of the test files that the recipe names, and where it forgets pairs of each of them and of all that
    /// are left.
    static Map<String, String> hashes(ModelSource source, Dataset dataset, Recipe recipe) {
        Map<String, String> hashes = hashes(source, dataset);
        for (int i = 0; i < recipe.test().size(); i++) {
            Path file = Path.of(recipe.test().get(i));
            hashes.put("test %d %s".formatted(i + 1, file.getFileName()), Dataset.read(file).sha256());
        }
        if (!recipe.forget().isEmpty()) {
            dataset.examples().stream().filter(pair -> recipe.forget().contains(pair.id()))
                    .forEach(pair -> hashes.put(FORGOTTEN + pair.id(), pair.sha256()));
            hashes.put(PAIRS, dataset.less(recipe.forget()).contentSha256());
        }
        return hashes;
    }

    /// @throws IllegalArgumentException if the numerics of this build are not those the run was begun with
    static void requireSameNumerics(RunRecord begun) {
        String before = begun.versions().getOrDefault("numerics", "unknown");
        if (!before.equals(versions().get("numerics"))) {
            throw new IllegalArgumentException(("the run was begun with version %s of the numerics, this build "
                    + "computes version %s; go on with the build that began it").formatted(before,
                    versions().get("numerics")));
        }
    }

    /// The first of the things that go in now, or went in at the start, that is not the same or is missing. Where pairs
    /// are forgotten, their rows may be gone from the file by now: then the pairs that are left count.
    static Optional<String> firstDifference(Map<String, String> recorded, Map<String, String> now) {
        boolean isLeftSame = now.containsKey(PAIRS) && now.get(PAIRS).equals(recorded.get(PAIRS));
        return Stream.concat(now.keySet().stream(), recorded.keySet().stream())
                .filter(what -> !isLeftSame || !what.equals(DATA))
                .filter(what -> !isLeftSame || !what.startsWith(FORGOTTEN) || now.containsKey(what))
                .filter(what -> !Objects.equals(now.get(what), recorded.get(what))).findFirst();
    }

    /// The first of the files on record that is not what it was, found before any of them is read for what it says: so
    /// one that can no longer be understood is named for what it is.
    static Optional<String> changedFile(RunRecord begun, Assignment assignment) {
        Path model = assignment.model();
        Path around = Files.isDirectory(model) ? model : model.resolveSibling("");
        var now = new LinkedHashMap<String, String>();
        for (String what : begun.hashes().keySet()) {
            if (what.startsWith(FILE)) {
                now.put(what, hash(what.equals(WHOLE) ? model : around.resolve(what.substring(FILE.length()))));
            }
        }
        assignment.recipe().template().map(Path::of).filter(Files::isRegularFile)
                .ifPresent(file -> now.put("template", hash(file)));
        // Rows of forgotten pairs may be gone from the file; then it is read, and what is left is compared.
        if (!begun.hashes().containsKey(PAIRS)) {
            now.put(DATA, hash(assignment.data()));
        }
        var recorded = new LinkedHashMap<>(begun.hashes());
        recorded.keySet().retainAll(now.keySet());
        return difference(recorded, now, assignment);
    }

    private static String hash(Path file) {
        return Files.isRegularFile(file) ? Sha256.of(file) : NOTHING;
    }

    /// As [#firstDifference], in a sentence.
    static Optional<String> difference(Map<String, String> recorded, Map<String, String> now, Assignment assignment) {
        return firstDifference(recorded, now).map(what -> ("the %s is not the one the run was begun with: its hash was "
                + "%s, now it is %s (%s)").formatted(what, recorded.getOrDefault(what, NOTHING),
                now.getOrDefault(what, NOTHING), place(what, assignment)));
    }

    private static Object place(String what, Assignment assignment) {
        return switch (what) {
            case DATA -> assignment.data();
            case "template" -> assignment.recipe().template().orElse(assignment.model().toString());
            default -> what.startsWith("test ") ? assignment.recipe().test() : assignment.model();
        };
    }

    /// What this machine is, as far as it matters for speed.
    static String machine() {
        return "%d processors, vectors of %d bits, %s".formatted(Runtime.getRuntime().availableProcessors(),
                SimdKernels.vectorBits(), System.getProperty("os.arch"));
    }

    /// As below, and the device that computes where it is not the CPU.
    static Map<String, String> versions(Backend backend) {
        var versions = versions();
        versions.putAll(backend.versions());
        return versions;
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
}
