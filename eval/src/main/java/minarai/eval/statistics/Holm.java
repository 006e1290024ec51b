package minarai.eval.statistics;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Holm's correction: when several tests are made, how large each p-value becomes so that the chance of even one
/// false alarm stays below the level.
///
/// @see <a href="https://www.jstor.org/stable/4615733">Holm 1979</a>
public final class Holm {

    private Holm() {
    }

    /// @param values p-values in any order
    /// @return the adjusted values in the same order
    /// @throws IllegalArgumentException if a value is not in 0…1
    public static List<Double> adjust(List<Double> values) {
        for (double value : values) {
            if (!(value >= 0 && value <= 1)) {
                throw new IllegalArgumentException("Holm: " + value + " is not a p-value, which lies in 0…1");
            }
        }
        int count = values.size();
        List<Integer> ascending = IntStream.range(0, count).boxed()
                .sorted(Comparator.comparing(values::get)).toList();
        var adjusted = new Double[count];
        double floor = 0;
        for (int rank = 0; rank < count; rank++) {
            int index = ascending.get(rank);
            floor = Math.max(floor, Math.min(1, (count - rank) * values.get(index)));
            adjusted[index] = floor;
        }
        return List.of(adjusted);
    }

    public static String signature() {
        return "holm|step-down|version:1";
    }
}
