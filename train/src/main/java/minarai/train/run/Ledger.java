package minarai.train.run;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import minarai.train.data.Sha256;

/// What a run did, line by line; its chain was followed from `run.json` to the last line.
///
/// @param lines the opening first
/// @param last  the hash of the last line, or of `run.json` where there is none
public record Ledger(List<LedgerLine> lines, String last) {

    /// The file's name in the folder of a run.
    public static final String NAME = "ledger.jsonl";
    private static final int CHUNK = 1 << 16;

    public Ledger {
        lines = List.copyOf(lines);
    }

    /// Reads the ledger of a run and checks every byte of it and of `run.json`.
    ///
    /// @throws LedgerDamage             with the place of the first byte that is not as it was written
    /// @throws IllegalArgumentException if the run has no ledger
    public static Ledger read(Path run) {
        Path file = run.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(("%s has no %s, so nothing is on record that could be checked. Was the "
                    + "run begun with a build that kept none?").formatted(run, NAME));
        }
        return read(file, Sha256.of(run.resolve(RunFolder.RECORD)));
    }

    static Ledger read(Path file, String runSha256) {
        var reader = new LedgerReader(file, runSha256);
        var lines = new ArrayList<LedgerLine>();
        byte[] rest = readLines(file, reader, lines);
        if (rest.length > 0) {
            reader.next(rest);
            throw reader.damage("is not ended by a line feed");
        }
        return new Ledger(lines, reader.previous());
    }

    /// A ledger to go on with.
    ///
    /// @param torn bytes behind its last whole line, of one that a kill cut short
    record Begun(Ledger ledger, int torn) {
    }

    /// @throws LedgerDamage if a line is not as it was written, or behind the last is what no kill leaves
    static Begun readBegun(Path file, String runSha256) {
        var reader = new LedgerReader(file, runSha256);
        var lines = new ArrayList<LedgerLine>();
        byte[] rest = readLines(file, reader, lines);
        reader.requireCutShort(rest);
        return new Begun(new Ledger(lines, reader.previous()), rest.length);
    }

    /// Reads all lines that are ended by a line feed.
    ///
    /// @return what is behind the last of them
    private static byte[] readLines(Path file, LedgerReader reader, List<LedgerLine> lines) {
        try (var in = Files.newInputStream(file)) {
            var rest = new ByteArrayOutputStream();
            byte[] chunk = new byte[CHUNK];
            for (int size = in.read(chunk); size >= 0; size = in.read(chunk)) {
                int from = 0;
                for (int i = 0; i < size; i++) {
                    if (chunk[i] == '\n') {
                        rest.write(chunk, from, i - from);
                        lines.add(reader.next(rest.toByteArray()));
                        rest.reset();
                        from = i + 1;
                    }
                }
                rest.write(chunk, from, size - from);
                if (rest.size() > LedgerReader.LONGEST_LINE) {
                    throw reader.damage("is followed by one of more than %d bytes".formatted(
                            LedgerReader.LONGEST_LINE));
                }
            }
            return rest.toByteArray();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + file, failure);
        }
    }

    /// How the run began.
    ///
    /// @throws IllegalArgumentException if there is not even that
    public LedgerLine.Opening opening() {
        if (!lines.isEmpty() && lines.getFirst() instanceof LedgerLine.Opening opening) {
            return opening;
        }
        throw new IllegalArgumentException("the ledger is empty: the run was stopped before its first step");
    }

    /// How the run ended; empty where it did not, or not yet.
    public Optional<LedgerLine.Closing> closing() {
        return !lines.isEmpty() && lines.getLast() instanceof LedgerLine.Closing closing ? Optional.of(closing)
                : Optional.empty();
    }

    /// The last step on record; 0 where there is none.
    public int steps() {
        return lines.stream().filter(LedgerLine.Step.class::isInstance).mapToInt(LedgerLine::step).max().orElse(0);
    }

    /// The lines about a step, without the closing: they lie together, in the order of the steps.
    public List<LedgerLine> about(int step) {
        int end = lines.size() - (closing().isPresent() ? 1 : 0);
        int low = firstNotBelow(step, end);
        return lines.subList(low, Math.max(low, firstNotBelow(step + 1, end)));
    }

    private int firstNotBelow(int step, int end) {
        int low = 0;
        int high = end;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (lines.get(middle).step() < step) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    /// The line of a step.
    public Optional<LedgerLine.Step> step(int step) {
        return about(step).stream().<LedgerLine.Step>mapMulti((line, sink) -> {
            if (line instanceof LedgerLine.Step taken) {
                sink.accept(taken);
            }
        }).findFirst();
    }

    /// The first step that saw a sample.
    public OptionalInt firstStepWith(String sampleId) {
        return lines.stream().filter(line -> line instanceof LedgerLine.Step taken
                && taken.samples().contains(sampleId)).mapToInt(LedgerLine::step).findFirst();
    }

    /// The checkpoints on record, in order.
    public List<LedgerLine.Saved> checkpoints() {
        return lines.stream().<LedgerLine.Saved>mapMulti((line, sink) -> {
            if (line instanceof LedgerLine.Saved saved) {
                sink.accept(saved);
            }
        }).toList();
    }

    /// The validations up to a step, in order.
    public List<LedgerLine.Validation> validations(int lastStep) {
        return lines.stream().<LedgerLine.Validation>mapMulti((line, sink) -> {
            if (line instanceof LedgerLine.Validation validation && validation.step() <= lastStep) {
                sink.accept(validation);
            }
        }).toList();
    }
}
