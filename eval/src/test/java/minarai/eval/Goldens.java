package minarai.eval;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// Finds golden values, which are kept beside the repository.
public final class Goldens {

    private Goldens() {
    }

    /// The file, or the test is skipped and says which file it missed.
    public static Path file(String name) {
        return shared("goldens/" + name);
    }

    /// The same of any shared file.
    public static Path shared(String name) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path file = folder.resolve("../shared/data").resolve(name).normalize();
            if (Files.isReadable(file)) {
                return file;
            }
        }
        Assumptions.abort("no ../shared/data/" + name + " beside the repository");
        throw new IllegalStateException("not reached");
    }
}
