package minarai.cli;

import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// A print stream in UTF-8 that keeps why something could not be written, which print streams pass over.
final class Printer extends PrintStream {

    private final Watched watched;
    private final BooleanSupplier isPipe;

    private Printer(Watched watched, BooleanSupplier isPipe) {
        super(watched, true, StandardCharsets.UTF_8);
        this.watched = watched;
        this.isPipe = isPipe;
    }

    /// @param isPipe whether somebody reads at the other end; asked only after a failure
    static Printer over(OutputStream out, BooleanSupplier isPipe) {
        return new Printer(new Watched(out), isPipe);
    }

    static Printer over(FileOutputStream file) {
        return over(file, () -> {
            try {
                return file.getChannel().position() < 0;
            } catch (IOException noPlace) {
                return true;
            }
        });
    }

    /// The first failure. A reader that has seen enough and closed its end of a pipe (`| head`) is none.
    Optional<IOException> failure() {
        flush();
        return watched.failure.filter(failure -> !isPipe.getAsBoolean());
    }

    private static final class Watched extends FilterOutputStream {

        private Optional<IOException> failure = Optional.empty();

        Watched(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int each) throws IOException {
            write(new byte[] {(byte) each}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            try {
                out.write(bytes, offset, count);
            } catch (IOException reason) {
                failure = failure.or(() -> Optional.of(reason));
                throw reason;
            }
        }
    }
}
