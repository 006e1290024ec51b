package minarai.tokenizer;

import org.junit.jupiter.api.Assumptions;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// Goldens that lie beside the repository, in `../shared/data`; tests that need them are skipped where they are absent.
public final class SharedData {

    private SharedData() {
    }

    /// A file or folder of the shared data.
    public static Path at(String path) {
        Optional<Path> found = Stream.iterate(Optional.of(Path.of("").toAbsolutePath()),
                        Optional::isPresent, folder -> folder.map(Path::getParent))
                .flatMap(Optional::stream)
                .map(folder -> folder.resolve("../shared/data").normalize().resolve(path))
                .filter(Files::exists)
                .findFirst();
        Assumptions.assumeTrue(found.isPresent(), "no ../shared/data/" + path + " beside the repository");
        return found.get();
    }
}
