package minarai.eval.metric;

/// The chance that at least one of k samples is right, estimated without bias from n samples of which c were.
///
/// @param k samples one may draw
/// @see <a href="https://arxiv.org/abs/2107.03374">Chen et al. 2021, equation 1</a>
public record PassAtK(int k) {

    /// @throws IllegalArgumentException if k is not positive
    public PassAtK {
        if (k < 1) {
            throw new IllegalArgumentException("pass@" + k + ": at least one sample has to be drawn");
        }
    }

    public String name() {
        return "pass@" + k;
    }

    public String signature() {
        return name() + "|estimator:unbiased|version:1";
    }

    /// `1 - C(n-c, k) / C(n, k)`; 1 where fewer than k samples are wrong.
    ///
    /// @throws IllegalArgumentException unless 0 ≤ correct ≤ samples and k ≤ samples
    public double of(int samples, int correct) {
        if (correct < 0 || correct > samples || k > samples) {
            throw new IllegalArgumentException("pass@" + k + " from " + correct + " right of " + samples
                    + " samples; needed: at least " + k + " samples, and no more right ones than there are");
        }
        double allWrong = 1;
        for (int i = samples - correct + 1; i <= samples && samples - correct >= k; i++) {
            allWrong *= 1 - (double) k / i;
        }
        return samples - correct < k ? 1 : 1 - allWrong;
    }
}
