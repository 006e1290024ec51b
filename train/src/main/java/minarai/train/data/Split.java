package minarai.train.data;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Examples to train on and examples held out to see when to stop.
///
/// An example is held out if the keyed hash of its [question][Example#question()], taken as a fraction of 2⁶⁴, is below
/// the share. So where an example goes depends on nothing but itself, the seed and the share: no other example, no
/// count and no order of rows plays a part, and taking one out moves none of the others. How many are held out is
/// therefore near the share, not equal to it. Examples with the same question stay together, or the validation would
/// ask what was trained.
///
/// @param training   in the order of the rows
/// @param validation in the order of the rows
public record Split(List<Example> training, List<Example> validation) {

    private static final double DEFAULT_SHARE = 0.1;
    private static final int FEWEST = 10;

    public Split {
        training = List.copyOf(training);
        validation = List.copyOf(validation);
    }

    /// The share where none is asked for: a tenth; nothing of fewer than ten examples, where each is worth more in
    /// training.
    public static double defaultShare(int examples) {
        return examples < FEWEST ? 0 : DEFAULT_SHARE;
    }

    /// @param share 0 to 0.5
    public static Split of(List<Example> examples, double share, long seed) {
        if (!(share >= 0 && share <= 0.5)) {
            throw new IllegalArgumentException("a validation share of %s; it must be 0 to 0.5".formatted(share));
        }
        var hash = new KeyedHash("split", seed);
        Map<Boolean, List<Example>> parts = examples.stream().collect(Collectors.partitioningBy(example ->
                hash.fraction(example.question()) < share));
        return new Split(parts.getOrDefault(false, List.of()), parts.getOrDefault(true, List.of()));
    }
}
