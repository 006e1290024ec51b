package minarai.lab.exam;

import minarai.lab.town.FormKind;
import minarai.lab.town.Question;
import minarai.lab.town.Status;

/// Questions that are scored together.
public enum Group {
    TOLD_TRUE("told_true", "Told true",
            "Facts that the base read in prose, about people and shops that no pair mentions.", Status.TOLD_TRUE,
            FormKind.TUNED),
    TOLD_TRUE_NEW_FORM("told_true_new_form", "Told true, new wording",
            "The same facts, asked in wordings that occur in no pair and in no text of the pretraining.",
            Status.TOLD_TRUE, FormKind.NEW),
    FALSE_BELIEF("false_belief", "Told falsely",
            "Facts that the base read wrongly told; right is what it was told, not the truth.", Status.TOLD_FALSE,
            FormKind.TUNED),
    FALSE_BELIEF_NEW_FORM("false_belief_new_form", "Told falsely, new wording",
            "The same facts in wordings that occur nowhere else.", Status.TOLD_FALSE, FormKind.NEW),
    NEVER_TOLD("never_told", "Never told", "Facts that nobody told: only chance can be right, about 4 %.",
            Status.NEVER_TOLD, FormKind.TUNED),
    NEVER_TOLD_NEW_FORM("never_told_new_form", "Never told, new wording", "The same facts in wordings that occur "
            + "nowhere else.", Status.NEVER_TOLD, FormKind.NEW);

    private final String key;
    private final String title;
    private final String explanation;
    private final Status status;
    private final FormKind form;

    Group(String key, String title, String explanation, Status status, FormKind form) {
        this.key = key;
        this.title = title;
        this.explanation = explanation;
        this.status = status;
        this.form = form;
    }

    /// Its name in JSON.
    public String key() {
        return key;
    }

    /// Its name for readers.
    public String title() {
        return title;
    }

    public String explanation() {
        return explanation;
    }

    public boolean holds(Question question) {
        return question.status() == status && question.formKind() == form;
    }
}
