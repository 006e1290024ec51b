package minarai.train.desk;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import minarai.train.run.AtomicFiles;
import tools.jackson.databind.json.JsonMapper;

/// Writes entries as JSON lines in the desk's schema.
public final class EntryWriter {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final OutputStream out;
    private int count;

    /// @param out is not closed
    public EntryWriter(OutputStream out) {
        this.out = out;
    }

    /// Writes a line.
    public void write(Entry entry) throws IOException {
        out.write(JSON.writeValueAsString(entry.json()).getBytes(StandardCharsets.UTF_8));
        out.write('\n');
        count++;
    }

    /// How many were written.
    public int count() {
        return count;
    }

    /// Writes a file of entries, which is there whole or not at all. Of several with one id the second gets `id-2`, as
    /// a reader numbers them: a file that gives an id twice cannot be read.
    public static void write(Path file, List<Entry> entries) {
        AtomicFiles.write(file, out -> {
            var ids = new Ids();
            var writer = new EntryWriter(out);
            for (Entry entry : entries) {
                writer.write(ids.distinct(entry, false));
            }
        });
    }

    /// Copies all entries of a reader to a file, one at a time; the file is there whole or not at all.
    ///
    /// @return how many there were
    public static int convert(EntryReader reader, Path file) {
        int[] count = {0};
        AtomicFiles.write(file, out -> {
            var writer = new EntryWriter(out);
            for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                writer.write(entry.get());
            }
            count[0] = writer.count();
        });
        return count[0];
    }
}
