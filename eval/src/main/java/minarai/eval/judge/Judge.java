package minarai.eval.judge;

import java.util.List;

/// Someone who prefers one of two answers to a question.
@FunctionalInterface
public interface Judge {

    /// Which of the two.
    enum Choice {
        FIRST, SECOND, TIE
    }

    /// Two answers in the order they are shown.
    record Pair(String question, String first, String second) {
    }

    /// A choice for each pair, in their order.
    List<Choice> choose(List<Pair> pairs);
}
