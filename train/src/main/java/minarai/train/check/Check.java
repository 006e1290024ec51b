package minarai.train.check;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// A rule that refuses examples.
public sealed interface Check permits EmptyMask, MissingEnd, DoubleStart, PromptPrefix, TooLong, SpelledSpecial, Leak,
        Contradiction, OtherTokenizer {

    /// The names of all overrides.
    List<String> NAMES = List.of(EmptyMask.NAME, MissingEnd.NAME, DoubleStart.NAME, PromptPrefix.NAME, TooLong.NAME,
            SpelledSpecial.NAME, Leak.NAME, Contradiction.NAME, OtherTokenizer.NAME);

    /// What is wrong with the material by this rule, in the order of its examples.
    List<Refusal> refusals(Material material);

    /// Every rule about examples.
    ///
    /// @param start     the id of the beginning-of-text token, where the model has one
    /// @param ends      the ids at which generation stops
    /// @param maxLength the most tokens of an example
    static List<Check> all(OptionalInt start, Set<Integer> ends, int maxLength) {
        return List.of(new EmptyMask(), new MissingEnd(ends), new DoubleStart(start, ends), new PromptPrefix(),
                new TooLong(maxLength), new SpelledSpecial(), new Leak(), new Contradiction());
    }
}
