package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import minarai.lab.pretrain.EmbeddedModel;
import minarai.train.run.RunFolder;

/// Finds what a user names as a model or an adapter.
final class ModelPath {

    private ModelPath() {
    }

    /// Where the embedded model is unpacked: `MINARAI_HOME`, else `.minarai` in the user's folder.
    static Path home() {
        return Optional.ofNullable(System.getenv("MINARAI_HOME")).filter(home -> !home.isBlank()).map(Path::of)
                .orElseGet(() -> Path.of(System.getProperty("user.home"), ".minarai"));
    }

    /// The folder of a model: the embedded one by its name, the one named, or the model that a run with `method=full`
    /// left in its folder.
    static Path ofModel(String named) {
        Path path = Path.of(named);
        if (named.equals(EmbeddedModel.NAME) && !Files.exists(path)) {
            return EmbeddedModel.unpack(home());
        }
        Path tuned = path.resolve(RunFolder.MODEL);
        return RunFolder.isRun(path) && Files.isDirectory(tuned) ? tuned : path;
    }

    /// The folder of a run: the one named, or by its name that of the run that made the embedded model.
    static Path ofRun(Path named) {
        return named.equals(Path.of(EmbeddedModel.NAME)) && !Files.exists(named)
                ? EmbeddedModel.unpackRun(home()) : named;
    }

    /// The folder of an adapter: the one named, or that of the run named.
    static Path ofAdapter(String named) {
        Path path = Path.of(named);
        return RunFolder.isRun(path) ? path.resolve(RunFolder.ADAPTER) : path;
    }
}
