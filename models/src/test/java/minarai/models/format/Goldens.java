package minarai.models.format;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// Reference data beside the repository, which is not part of it.
final class Goldens {

    private Goldens() {
    }

    /// A file or folder of the reference data; the test is skipped where it is absent.
    static Path require(String relative) {
        var found = Stream.iterate(Optional.of(Path.of("").toAbsolutePath()), Optional::isPresent,
                        folder -> folder.map(Path::getParent))
                .map(folder -> folder.orElseThrow().resolve("shared/data"))
                .filter(Files::isDirectory)
                .findFirst();
        assumeTrue(found.isPresent(), "no folder shared/data beside the repository");
        Path path = found.orElseThrow().resolve(relative);
        assumeTrue(Files.exists(path), "no " + relative + " in shared/data");
        return path;
    }
}
