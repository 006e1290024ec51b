package minarai.engine;

/// Random numbers without a state: a number depends only on the seed, the purpose, the step and the index it is asked
/// for, so a run can be entered anywhere.
///
/// Philox 4x32 with 10 rounds. The key is the seed; the counter is (index low, index high, step, purpose).
///
/// @see <a href="https://doi.org/10.1145/2063384.2063405">Salmon et al. 2011, section 3.2</a>
public final class Philox {

    private static final int M0 = 0xD2511F53;
    private static final int M1 = 0xCD9E8D57;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;

    private final int key0;
    private final int key1;
    private final int purpose;

    /// @param purpose what the numbers are for, so that two uses of one seed share no number
    public Philox(long seed, int purpose) {
        this.key0 = (int) seed;
        this.key1 = (int) (seed >>> 32);
        this.purpose = purpose;
    }

    /// The 128 bits at (step, index) as four words.
    public int[] words(int step, long index) {
        return words((int) index, (int) (index >>> 32), step, purpose, key0, key1);
    }

    static int[] words(int c0, int c1, int c2, int c3, int k0, int k1) {
        for (int round = 0; round < 10; round++) {
            long p0 = (M0 & 0xffffffffL) * (c0 & 0xffffffffL);
            long p1 = (M1 & 0xffffffffL) * (c2 & 0xffffffffL);
            c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            c1 = (int) p1;
            c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c3 = (int) p0;
            k0 += W0;
            k1 += W1;
        }
        return new int[] {c0, c1, c2, c3};
    }

    /// A number in [0, 1), a multiple of 2⁻²⁴.
    public float uniform(int step, long index) {
        return (words(step, index)[0] >>> 8) * 0x1p-24f;
    }

    /// A number of the standard normal distribution (Box and Muller 1958).
    public float normal(int step, long index) {
        int[] words = words(step, index);
        double u = ((words[0] & 0xffffffffL) + 1) * 0x1p-32;
        double angle = 2 * Math.PI * ((words[1] & 0xffffffffL) * 0x1p-32);
        return (float) (StrictMath.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(angle));
    }

    /// Fills a tensor with normal numbers of the given standard deviation.
    public void fillNormal(int step, float deviation, Tensor target) {
        for (int i = 0; i < target.size(); i++) {
            target.data()[target.offset() + i] = deviation * normal(step, i);
        }
    }

    /// Fills a tensor with uniform numbers between `-bound` and `bound`.
    public void fillUniform(int step, float bound, Tensor target) {
        for (int i = 0; i < target.size(); i++) {
            target.data()[target.offset() + i] = bound * (2 * uniform(step, i) - 1);
        }
    }
}
