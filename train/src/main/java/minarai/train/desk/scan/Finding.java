package minarai.train.desk.scan;

import minarai.train.desk.Entry;

/// Something that is wrong with a row.
///
/// @param place  `file:line`, or the file where it is about all rows
/// @param id     of the entry; empty where it is about all rows, or the row has none
/// @param reason what is wrong, without a stop
public record Finding(Kind kind, String place, String id, String reason) {

    static Finding of(Kind kind, Entry entry, String reason) {
        return new Finding(kind, entry.place().toString(), entry.id(), reason);
    }

    /// What to do about it.
    public String remedy() {
        return kind.remedy();
    }
}
