package minarai.cli;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// A print stream in UTF-8 that keeps why something could not be written, which print streams pass over.
final class Printer extends PrintStream {

    private final Watched watched;

    private Printer(Watched watched) {
        super(watched, true, StandardCharsets.UTF_8);
        this.watched = watched;
    }

    static Printer over(OutputStream out) {
        return new Printer(new Watched(out));
    }

    /// The first failure. A reader that has seen enough and closed its end of a pipe (`| head`) is none.
    Optional<IOException> failure() {
        flush();
        return watched.failure.filter(failure -> !String.valueOf(failure.getMessage()).contains("pipe"));
    }

    private static final class Watched extends FilterOutputStream {

        private Optional<IOException> failure = Optional.empty();

        Watched(OutputStream out) {
            super(out);
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
