package minarai.eval.judge;

import java.util.Arrays;
import java.util.Locale;

/// Which of two answers was preferred, by who gave it.
public enum Verdict {
    /// The base's, or the first model's.
    BASE(0),
    TIE(0.5),
    /// The tuned model's, or the second's.
    TUNED(1);

    private final double score;

    Verdict(double score) {
        this.score = score;
    }

    /// 1 where the tuned model won, 0 where the base did.
    public double score() {
        return score;
    }

    /// 1 for the tuned model's answer, -1 for the base's, 0 for neither.
    int preference() {
        return compareTo(TIE);
    }

    /// `base`, `tie` or `tuned`.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// @throws IllegalArgumentException if it is none of the three
    public static Verdict named(String label) {
        return Arrays.stream(values()).filter(verdict -> verdict.label().equals(label.strip().toLowerCase(Locale.ROOT)))
                .findFirst().orElseThrow(() -> new IllegalArgumentException("the verdict '" + label
                        + "' is none; needed: base, tie or tuned"));
    }

    /// Of two verdicts on the same pair in both orders: the one they agree on, else a tie.
    static Verdict agreed(Verdict baseFirst, Verdict tunedFirst) {
        return baseFirst == tunedFirst ? baseFirst : TIE;
    }
}
