package minarai.train.desk.scan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryReader;

/// What of a file of pairs can be read, and what cannot.
///
/// @param file       that was read
/// @param entries    in the order of the file
/// @param unreadable the rows that are none
public record Readable(String file, List<Entry> entries, List<Finding> unreadable) {

    public Readable {
        entries = List.copyOf(entries);
        unreadable = List.copyOf(unreadable);
    }

    /// A row that cannot be read is a finding, where the rows behind it still can be.
    ///
    /// @throws IllegalArgumentException if the file is missing or empty, or cannot be read on
    public static Readable of(Path file) {
        var unreadable = new ArrayList<Finding>();
        var entries = new ArrayList<Entry>();
        try (var reader = EntryReader.open(file)) {
            boolean isMore = true;
            while (isMore) {
                try {
                    Optional<Entry> entry = reader.next();
                    entry.ifPresent(entries::add);
                    isMore = entry.isPresent();
                } catch (IllegalArgumentException wrong) {
                    if (!reader.isResumable()) {
                        throw wrong;
                    }
                    unreadable.add(unreadable(reader.place().toString(), wrong.getMessage()));
                }
            }
        }
        return new Readable(file.toString(), entries, unreadable);
    }

    private static Finding unreadable(String place, String message) {
        return new Finding(Kind.UNREADABLE, place, "", Private.hidden(message.replace(place + ": ", "")));
    }
}
