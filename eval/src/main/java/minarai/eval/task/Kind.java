package minarai.eval.task;

import java.util.Arrays;
import java.util.Locale;

/// What is asked of the model.
public enum Kind {
    /// To answer; the answer is compared with those expected.
    GENERATE,
    /// To prefer one of several continuations.
    CHOICE,
    /// To continue with one word.
    LAST_WORD,
    /// To expect a text.
    ROLLING,
    /// To follow instructions that a rule can check.
    INSTRUCTIONS,
    /// To answer several turns, which are judged elsewhere.
    TURNS,
    /// To write code, which is run.
    CODE;

    /// Whether the model writes an answer.
    public boolean isGenerated() {
        return this == GENERATE || this == INSTRUCTIONS || this == TURNS || this == CODE;
    }

    /// Whether worked examples may come before a question.
    public boolean showsExamples() {
        return this == GENERATE || this == CHOICE || this == LAST_WORD;
    }

    String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException if there is no such kind
    static Kind named(String name) {
        return Arrays.stream(values()).filter(kind -> kind.label().equals(name)).findFirst().orElseThrow(() ->
                new IllegalArgumentException("no kind of task is called '" + name + "'; there are "
                        + Arrays.stream(values()).map(Kind::label).toList()));
    }
}
