package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/// Finds what a user names as a model or an adapter.
final class ModelPath {

    private ModelPath() {
    }

    /// The folder of a model: the one named, or the model that a run with `method=full` left in its folder.
    static Path ofModel(String named) {
        Path path = Path.of(named);
        Path tuned = path.resolve("model");
        boolean isRun = Files.isRegularFile(path.resolve("run.json"));
        return isRun && Files.isDirectory(tuned) ? tuned : path;
    }

    /// The folder of an adapter: the one named, or that of the run named.
    static Path ofAdapter(String named) {
        Path path = Path.of(named);
        boolean isRun = Files.isRegularFile(path.resolve("run.json"));
        return isRun ? path.resolve("adapter") : path;
    }
}
