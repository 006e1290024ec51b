package minarai.cli;

import java.nio.file.Path;
import java.util.List;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryReader;
import minarai.train.desk.split.SplitFolder;

/// Files of pairs as the data commands read them: if one is the frozen part of a split, that goes on record first.
final class DeskFiles {

    private DeskFiles() {
    }

    /// Puts on record that a run reads its pairs and the test files its recipe names.
    ///
    /// @param command that reads them, as the record names it
    /// @throws IllegalArgumentException if one of them is a part of a split and not as it was written
    static void reading(Assignment assignment, String command) {
        SplitFolder.reading(assignment.data(), "minarai " + command);
        assignment.recipe().test().forEach(file -> SplitFolder.reading(Path.of(file), "minarai " + command));
    }

    /// All entries of a file.
    ///
    /// @param command that reads them, as the record names it
    /// @throws IllegalArgumentException if the file is a part of a split and not as it was written
    static List<Entry> read(Path file, String command) {
        SplitFolder.reading(file, "minarai " + command);
        return EntryReader.all(file);
    }
}
