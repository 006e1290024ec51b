package minarai.train.data;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;

/// Which examples each step of a run sees: those of an epoch in its [order][EpochOrder], so many at a time.
///
/// Within an epoch each example is seen once, so a run first sees an example in its first epoch or never. Taking it out
/// leaves every step before that one as it was, because the others keep their order and only those behind it move up.
public final class Deal {

    private final EpochOrder order;
    private final List<Example> examples;
    private final int perStep;
    private volatile Epoch latest;

    private record Epoch(int number, List<Example> examples) {
    }

    /// @param examples at least one, in any order
    /// @param perStep  how many a step sees; the last step of an epoch may see fewer
    public Deal(long seed, List<Example> examples, int perStep) {
        if (examples.isEmpty() || perStep < 1) {
            throw new IllegalArgumentException("%d examples cannot be dealt out %d a step".formatted(examples.size(),
                    perStep));
        }
        this.order = new EpochOrder(seed);
        this.examples = List.copyOf(examples);
        this.perStep = perStep;
        latest = epoch(0);
    }

    private Epoch epoch(int number) {
        return new Epoch(number, order.of(examples, number));
    }

    /// How many steps see every example once.
    public int stepsPerEpoch() {
        return Math.ceilDiv(examples.size(), perStep);
    }

    /// What a step sees, in order.
    ///
    /// @param step from 1
    public List<Example> of(int step) {
        int number = (step - 1) / stepsPerEpoch();
        Epoch epoch = latest;
        if (epoch.number() != number) {
            epoch = epoch(number);
            latest = epoch;
        }
        int first = (step - 1) % stepsPerEpoch() * perStep;
        return epoch.examples().subList(first, Math.min(examples.size(), first + perStep));
    }

    /// The first of so many steps that sees one of the examples, if any does.
    ///
    /// @param ids of examples
    public OptionalInt firstStepWith(Set<String> ids, int steps) {
        return IntStream.rangeClosed(1, Math.min(steps, stepsPerEpoch()))
                .filter(step -> of(step).stream().anyMatch(example -> ids.contains(example.id()))).findFirst();
    }
}
