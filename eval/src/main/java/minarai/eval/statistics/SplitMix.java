package minarai.eval.statistics;

/// SplitMix64 read at any position: a number depends on the seed and its index alone.
///
/// @see <a href="https://doi.org/10.1145/2714064.2660195">Steele, Lea and Flood 2014, figure 17</a>
public record SplitMix(long seed) {

    private static final long GOLDEN = 0x9e3779b97f4a7c15L;

    /// The number at `index`, counted from 0.
    public long bits(long index) {
        long z = seed + (index + 1) * GOLDEN;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    /// A number in 0…bound-1; its bias is below bound / 2^64.
    public int below(int bound, long index) {
        return (int) Math.unsignedMultiplyHigh(bits(index), bound);
    }
}
