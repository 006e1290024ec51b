package minarai.train.desk.build;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import minarai.train.data.KeyedHash;
import minarai.train.desk.Entry;
import tools.jackson.databind.node.StringNode;

/// Several sets of pairs as one, in shares that follow from their sizes.
///
/// @param temperature 1 takes from each in proportion to its size, a large one the same from each: shares are the
///                    sizes, at most `cap`, to the power of `1 / temperature`
/// @param cap         the size from which on a source counts no more, and the most that is taken of it
/// @param rows        how many there shall be; as many as the sources give where absent
/// @param seed        of which rows are taken, and of their order
/// @see <a href="https://arxiv.org/abs/1910.10683">Raffel et al. 2020, section 3.5.2</a>
public record Mixture(double temperature, OptionalInt cap, OptionalInt rows, long seed) {

    /// @throws IllegalArgumentException if a bound makes no sense
    public Mixture {
        if (!(temperature > 0) || cap.orElse(1) < 1 || rows.orElse(1) < 1) {
            throw new IllegalArgumentException("temperature %s, cap %s, rows %s: all must be above 0".formatted(
                    temperature, given(cap), given(rows)));
        }
    }

    private static String given(OptionalInt bound) {
        return bound.isPresent() ? Integer.toString(bound.getAsInt()) : "not given";
    }

    /// A set of pairs.
    public record Source(String name, List<Entry> entries) {
    }

    /// What was taken of a source.
    ///
    /// @param wanted share that was asked for, by size, cap and temperature
    public record Part(String name, int available, int taken, double wanted) {
    }

    /// What came out.
    public record Mixed(List<Entry> entries, List<Part> parts) {
    }

    /// The mixture, in an order that follows from the seed and the ids.
    public Mixed of(List<Source> sources) {
        int[] available = sources.stream().mapToInt(source -> Math.min(source.entries().size(),
                cap.orElse(Integer.MAX_VALUE)))
                .toArray();
        double[] wanted = shares(available);
        int[] taken = taken(available, wanted);
        var hash = new KeyedHash("mixture", seed);
        var entries = new ArrayList<Entry>();
        var parts = new ArrayList<Part>();
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < taken.length; i++) {
            Source source = sources.get(i);
            source.entries().stream().sorted(Comparator.comparingLong(entry -> hash.of(entry.id()))).limit(taken[i])
                    .map(entry -> ids.add(entry.id()) ? entry : entry.named(free(source.name() + "/" + entry.id(),
                    ids)))
                    .forEach(entry -> entries.add(entry.extra("source").isPresent() ? entry
                            : entry.with("source", StringNode.valueOf(source.name()))));
            parts.add(new Part(source.name(), source.entries().size(), taken[i], wanted[i]));
        }
        var order = new KeyedHash("mixture's order", seed);
        entries.sort(Comparator.comparingLong(entry -> order.of(entry.id())));
        return new Mixed(List.copyOf(entries), parts);
    }

    private static String free(String id, Set<String> ids) {
        String free = id;
        for (int copy = 2; !ids.add(free); copy++) {
            free = id + "-" + copy;
        }
        return free;
    }

    private double[] shares(int[] available) {
        double exponent = Math.min(1 / temperature, Double.MAX_VALUE);
        int largest = Arrays.stream(available).max().orElse(0);
        boolean isTooLarge = Double.isInfinite(available.length * StrictMath.pow(largest, exponent));
        double unit = isTooLarge ? largest : 1;
        double[] shares = Arrays.stream(available).mapToDouble(size -> size == 0 ? 0
                : StrictMath.pow(size / unit, exponent)).toArray();
        double sum = 0;
        for (double share : shares) {
            sum += share;
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] /= Math.max(Double.MIN_NORMAL, sum);
        }
        return shares;
    }

    /// The shares in whole rows. Without a number of rows, as many as the first source that runs dry allows; with one,
    /// what a dry source lacks comes from the others, in their shares.
    private int[] taken(int[] available, double[] shares) {
        double total = rows.orElse(0);
        if (rows.isEmpty()) {
            total = Double.MAX_VALUE;
            for (int i = 0; i < shares.length; i++) {
                total = shares[i] > 0 ? Math.min(total, available[i] / shares[i]) : total;
            }
        }
        int[] taken = new int[available.length];
        long left = Math.min(Math.round(Math.min(total, Integer.MAX_VALUE)), Arrays.stream(available).asLongStream()
                .sum());
        while (left > 0) {
            int most = 0;
            for (int i = 1; i < taken.length; i++) {
                most = debt(available, shares, taken, i) > debt(available, shares, taken, most) ? i : most;
            }
            taken[most]++;
            left--;
        }
        return taken;
    }

    /// How much a source would be due, as in Sainte-Laguë's method: its share over the rows it has; nothing if it is
    /// dry.
    private static double debt(int[] available, double[] shares, int[] taken, int source) {
        return taken[source] >= available[source] ? -1 : shares[source] / (2.0 * taken[source] + 1);
    }
}
