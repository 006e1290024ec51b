package minarai.train.data;

import java.util.Comparator;
import java.util.List;

/// The order of the examples in an epoch. An example's place follows from the seed, the epoch and its id: the order of
/// the rows plays no part, and taking an example out leaves the others in order.
///
/// @param seed of the run
public record EpochOrder(long seed) {

    /// The examples in the order of the given epoch.
    ///
    /// @param epoch from 0
    public List<Example> of(List<Example> examples, int epoch) {
        var hash = new KeyedHash("epoch " + epoch, seed);
        return examples.stream()
                .map(example -> new Placed(hash.of(example.id()), example))
                .sorted(Placed.ORDER)
                .map(Placed::example)
                .toList();
    }

    private record Placed(long hash, Example example) {

        private static final Comparator<Placed> ORDER = ((Comparator<Placed>) (a, b) ->
                Long.compareUnsigned(a.hash, b.hash)).thenComparing(placed -> placed.example.id());
    }
}
