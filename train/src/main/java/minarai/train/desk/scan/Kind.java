package minarai.train.desk.scan;

import java.util.Locale;

/// What can be wrong with a row, or with a set of rows.
public enum Kind {

    UNREADABLE(true, "rows that cannot be read", "Mend the row, or remove it"),
    EMPTY(true, "blank questions and answers", "Write what is missing, or remove the row (--fix removes it)"),
    EXACT_DUPLICATE(true, "copies", "Keep one of each (--fix keeps the first)"),
    CONTRADICTION(true, "contradictory answers",
    "Keep the better answer, or say in the question what makes the difference"),
    TRUNCATED(true, "answers that break off", "Finish the answer, or remove the row"),
    UNTRANSLATED(true, "answers in another language than their questions",
            "Translate the answer, or say in the question which language is wanted"),
    SECRET(true, "passwords and keys", "Remove it, and have it changed wherever it is in use"),
    PERSONAL(true, "personal data", "Replace it by an invented one, or remove the row"),
    LEFTOVER(true, "leftovers of templates", "Fill it in or take it out; the chat template adds its own marks"),
    GARBLED(true, "garbled characters", "Read the source again in its real encoding"),
    UNREACHABLE(true, "answers the model cannot be trained on",
    "Shorten the row, raise max_length, or use another model"),
    INDIFFERENT(true, "preferences without a difference", "Remove the row: the two answers are the same"),
    LEAK(true, "rows that are in the other file too", "Remove them from one of the two, or the score will flatter"),
    NEAR_DUPLICATE(false, "near-copies", "Keep one of each, unless the difference is what is to be learned"),
    LANGUAGE_MIX(false, "rows in another language than the rest", "Translate or remove them, unless they are meant"),
    HABIT(false, "what would be a defect in a few rows and is in many",
            "Look at some of these rows: where they are meant so, nothing needs to be done"),
    LENGTH_OUTLIER(false, "unusual lengths", "Look whether something was pasted in or lost"),
    CONTROL(false, "control characters", "Remove them (--fix does)"),
    EDGES(false, "blanks around an answer", "Remove them (--fix does): they would be learned"),
    BALANCE(false, "lopsided labels and verbs",
    "Add rows of what is rare, or take fewer of what is frequent (data mix)");

    private final boolean isError;
    private final String title;
    private final String remedy;

    Kind(boolean isError, String title, String remedy) {
        this.isError = isError;
        this.title = title;
        this.remedy = remedy;
    }

    /// Whether it would do harm as it stands, rather than wanting a look.
    public boolean isError() {
        return isError;
    }

    /// For a heading: `near-copies`.
    public String title() {
        return title;
    }

    /// What to do, without a stop.
    public String remedy() {
        return remedy;
    }

    /// For programs: `near_duplicate`.
    public String key() {
        return name().toLowerCase(Locale.ROOT);
    }
}
