package minarai.train.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// Files of other projects that lie beside the repository, in `../shared/data`.
public final class SharedData {

    private SharedData() {
    }

    /// The file, or a skipped test that says what it missed.
    public static Path file(String name) {
        Optional<Path> file = Stream.iterate(Path.of("").toAbsolutePath(), folder -> folder != null, Path::getParent)
                .map(folder -> folder.resolve("shared/data").resolve(name))
                .filter(Files::exists)
                .findFirst();
        Assumptions.assumeTrue(file.isPresent(), "no ../shared/data/" + name + " beside the repository");
        return file.orElseThrow();
    }
}
