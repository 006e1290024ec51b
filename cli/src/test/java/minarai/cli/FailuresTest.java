package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FailuresTest {

    @Test
    void aNameCannotCommandTheTerminal() {
        var failure = Failures.of(new IllegalArgumentException("pairs\033[2J.jsonl:\n\tno\u009b answer, 出力 "
                + "\ud83d\ude00"));
        assertEquals("pairs\\u001b[2J.jsonl:\n\tno\\u009b answer, 出力 \ud83d\ude00", failure.sentence());
    }

    @Test
    void whatTheSystemSaysIsSaidOnce() {
        assertEquals("cannot read a.txt: no such file, a.txt",
                Failures.of(new UncheckedIOException("cannot read a.txt", new NoSuchFileException("a.txt")))
                .sentence());
        assertEquals("cannot read a.txt: Is a directory",
                Failures.of(new UncheckedIOException("cannot read a.txt: Is a directory",
                new IOException("Is a directory")))
                        .sentence());
        assertEquals("cannot read a.txt",
                Failures.of(new UncheckedIOException("cannot read a.txt", new IOException())).sentence());
    }
}
