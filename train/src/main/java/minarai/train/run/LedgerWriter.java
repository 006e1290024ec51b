package minarai.train.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Appends to a ledger. Where a run that was stopped had written lines already which are now computed again, they are
/// compared instead of written: a ledger never becomes shorter, and what it says is never replaced.
public final class LedgerWriter implements AutoCloseable {

    private final Path file;
    private final FileChannel channel;
    private final Ledger before;
    private String previous;
    private int next;
    private boolean isBroken;

    private LedgerWriter(Path file, FileChannel channel, Ledger before) {
        this.file = file;
        this.channel = channel;
        this.before = before;
        this.previous = before.last();
    }

    /// Opens a ledger, or begins one. A last line that a kill cut short is removed; the others are checked.
    ///
    /// @throws LedgerDamage if one of them is not as it was written, or the last was not cut short but changed
    static LedgerWriter open(Path file, String runSha256) {
        try {
            var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            boolean isSound = false;
            try {
                Ledger.Begun begun = Ledger.readBegun(file, runSha256);
                var writer = new LedgerWriter(file, channel, begun.ledger());
                channel.truncate(channel.size() - begun.torn());
                channel.position(channel.size());
                isSound = true;
                return writer;
            } finally {
                if (!isSound) {
                    channel.close();
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot open " + file, failure);
        }
    }

    /// What was there already.
    public Ledger before() {
        return before;
    }

    /// The lines up to that of a checkpoint, or else the last about its step, are taken as done; those behind are
    /// awaited.
    public void goOnAfter(int step) {
        next = 0;
        for (int i = 0; i < before.lines().size(); i++) {
            LedgerLine line = before.lines().get(i);
            boolean isDone = line.step() <= step && !(line instanceof LedgerLine.Closing);
            next = isDone ? i + 1 : next;
        }
    }

    /// Whether lines are awaited that were written before.
    public boolean isRepeating() {
        return next < before.lines().size();
    }

    /// Appends a line and hands it to the operating system, or compares it with the one that was there.
    ///
    /// @throws LedgerDamage if what was computed again is not what was on record
    public void append(LedgerLine line) {
        if (isRepeating()) {
            LedgerLine recorded = before.lines().get(next);
            recorded.difference(line).ifPresent(what -> {
                throw new LedgerDamage(line.step(),
                        ("%s:%d: %s was taken again from the last checkpoint, and it differs "
                        + "in %s. The same build on the same data gives the same bits, so the data, the build or the "
                        + "machine's memory is not what it was; nothing was written. minarai replay shows where it "
                        + "begins.").formatted(file, next + 1, recorded.title(), what));
            });
            next++;
            return;
        }
        if (isBroken) {
            throw new IllegalStateException("nothing is appended to %s after a line that could not be written"
                    .formatted(file));
        }
        String text = LedgerReader.chained(previous, line);
        previous = text.substring(text.length() - 67, text.length() - 3);
        var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException failure) {
            isBroken = true;
            throw new UncheckedIOException("cannot write %s to %s; is the disk full?".formatted(line.title(), file),
                    failure);
        }
    }

    /// Waits until all lines are on the disk.
    public void force() {
        try {
            channel.force(true);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write " + file, failure);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot close " + file, failure);
        }
    }
}
