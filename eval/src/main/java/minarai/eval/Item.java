package minarai.eval;

import java.util.List;

/// A question with its acceptable answers.
///
/// @param id       unique within a task; the same item has the same id in every evaluation
/// @param cluster  what the item shares with others, e.g. the person it asks about; its own id where nothing
/// @param prompt   what is asked, as a reader should see it
/// @param expected acceptable answers, at least one
public record Item(String id, String cluster, String prompt, List<String> expected) {

    /// @throws IllegalArgumentException if the id is blank or nothing is expected
    public Item {
        expected = List.copyOf(expected);
        if (id.isBlank() || expected.isEmpty()) {
            throw new IllegalArgumentException("item '" + id + "' has " + expected.size()
                    + " expected answers; needed: an id that is not blank and at least one expected answer");
        }
    }
}
