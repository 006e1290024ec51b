package minarai.lab.town;

import java.util.ArrayList;
import java.util.List;

/// A stream of random numbers that is the same on every machine and JDK: SplitMix64, started from a key.
///
/// Streams of different keys are independent for all purposes here. A bounded draw takes the high half of a product
/// and is biased by less than bound / 2^64.
///
/// @see <a href="https://doi.org/10.1145/2660193.2660195">Steele, Lea and Flood 2014, figure 16</a>
final class RandomStream {
    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;
    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    private long state;

    private RandomStream(long state) {
        this.state = state;
    }

    /// The plain generator with this state.
    static RandomStream of(long state) {
        return new RandomStream(state);
    }

    /// The stream of a purpose (a name) and an index under a seed.
    static RandomStream of(long seed, String purpose, long index) {
        long name = FNV_OFFSET;
        for (int i = 0; i < purpose.length(); i++) {
            name = (name ^ purpose.charAt(i)) * FNV_PRIME;
        }
        return new RandomStream(mix(mix(mix(seed + GOLDEN_GAMMA) ^ name) + index * GOLDEN_GAMMA));
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    long next() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /// A whole number from 0 to bound - 1; the bound is positive.
    int below(int bound) {
        return (int) Math.unsignedMultiplyHigh(next(), bound);
    }

    /// True with this probability.
    boolean chance(double probability) {
        return (next() >>> 11) * 0x1p-53 < probability;
    }

    <T> T pick(List<T> items) {
        return items.get(below(items.size()));
    }

    /// A copy in random order, every order equally likely.
    <T> List<T> shuffled(List<T> items) {
        var copy = new ArrayList<>(items);
        for (int i = copy.size() - 1; i > 0; i--) {
            int j = below(i + 1);
            T item = copy.get(i);
            copy.set(i, copy.get(j));
            copy.set(j, item);
        }
        return copy;
    }
}
