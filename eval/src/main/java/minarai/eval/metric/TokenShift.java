package minarai.eval.metric;

/// How far tuning moved a model's choices of the next token: at each position, the rank in the base of the token the
/// tuned model prefers. Much of instruction tuning moves style words only, and this shows it. The shift of a model
/// against itself is all unshifted.
///
/// @param unshifted  positions where the base prefers the same token (rank 1)
/// @param marginal   where it is the base's second or third choice
/// @param shifted    where it is further down
/// @param divergence Kullback–Leibler divergence of the tuned model from the base in nats, summed over the positions
/// @see <a href="https://arxiv.org/abs/2312.01552">Lin et al. 2023, section 2</a>
public record TokenShift(long unshifted, long marginal, long shifted, double divergence) {

    private static final int LAST_MARGINAL_RANK = 3;

    public static TokenShift none() {
        return new TokenShift(0, 0, 0, 0);
    }

    /// @param base  logits over the vocabulary at one position
    /// @param tuned those of the tuned model after the same tokens
    /// @throws IllegalArgumentException if the vocabularies differ in size
    public static TokenShift at(float[] base, float[] tuned) {
        if (base.length != tuned.length || base.length == 0) {
            throw new IllegalArgumentException("token shift between vocabularies of " + base.length + " and "
                    + tuned.length + " tokens; needed: the base and its own tuned model");
        }
        int rank = rank(base, preferred(tuned));
        return new TokenShift(rank == 1 ? 1 : 0, rank > 1 && rank <= LAST_MARGINAL_RANK ? 1 : 0,
                rank > LAST_MARGINAL_RANK ? 1 : 0, divergence(tuned, base));
    }

    public TokenShift plus(TokenShift other) {
        return new TokenShift(unshifted + other.unshifted, marginal + other.marginal, shifted + other.shifted,
                divergence + other.divergence);
    }

    public long positions() {
        return unshifted + marginal + shifted;
    }

    /// The share of positions where the preferred token changed.
    ///
    /// @throws IllegalArgumentException if there is no position
    public double changed() {
        if (positions() == 0) {
            throw new IllegalArgumentException("token shift: not a single position was looked at");
        }
        return (double) (marginal + shifted) / positions();
    }

    public static String signature() {
        return "token_shift|token:tuned-argmax|rank-in:base|marginal:2-3|ties:lower-id|version:1";
    }

    private static int preferred(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            best = logits[id] > logits[best] ? id : best;
        }
        return best;
    }

    /// 1 for the preferred token; of equal ones the lower id comes first.
    private static int rank(float[] logits, int token) {
        int rank = 1;
        for (int id = 0; id < logits.length; id++) {
            rank += logits[id] > logits[token] || logits[id] == logits[token] && id < token ? 1 : 0;
        }
        return rank;
    }

    private static double divergence(float[] of, float[] from) {
        double ofNormaliser = logSum(of);
        double fromNormaliser = logSum(from);
        double sum = 0;
        for (int id = 0; id < of.length; id++) {
            double logarithm = of[id] - ofNormaliser;
            sum += StrictMath.exp(logarithm) * (logarithm - (from[id] - fromNormaliser));
        }
        return Math.max(0, sum);
    }

    private static double logSum(float[] logits) {
        double most = logits[preferred(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += StrictMath.exp(logit - most);
        }
        return most + StrictMath.log(sum);
    }
}
