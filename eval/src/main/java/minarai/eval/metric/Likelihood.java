package minarai.eval.metric;

/// How likely a model finds a text: what bits per byte and perplexity follow from. Add up over texts first, then
/// divide: a mean of ratios would weigh short texts more.
///
/// @param logProbability natural logarithm of the probability of all scored tokens together, at most 0
/// @param tokens         scored tokens; depends on the tokenizer
/// @param bytes          UTF-8 bytes of the scored text; does not depend on the tokenizer
public record Likelihood(double logProbability, long tokens, long bytes) {

    /// @throws IllegalArgumentException if the log-probability is positive or not a number, or a count is negative
    public Likelihood {
        if (!(logProbability <= 0) || tokens < 0 || bytes < 0) {
            throw new IllegalArgumentException("likelihood: log-probability " + logProbability + " over " + tokens
                    + " tokens and " + bytes + " bytes; a sum of log-probabilities is at most 0 and counts are not"
                    + " negative. Was a loss (positive) handed in, or did the model return NaN?");
        }
    }

    public static Likelihood none() {
        return new Likelihood(0, 0, 0);
    }

    public Likelihood plus(Likelihood other) {
        return new Likelihood(logProbability + other.logProbability, Math.addExact(tokens, other.tokens),
                Math.addExact(bytes, other.bytes));
    }

    /// `-sum(log p) / (ln 2 * bytes)`; comparable across tokenizers; lower is better.
    ///
    /// @throws IllegalArgumentException if there are no bytes
    public double bitsPerByte() {
        require(bytes, "bits per byte", "byte");
        return -logProbability / (StrictMath.log(2) * bytes);
    }

    /// `exp(-sum(log p) / tokens)`; comparable only between models that share a tokenizer; lower is better.
    ///
    /// @throws IllegalArgumentException if there are no tokens
    public double perplexity() {
        require(tokens, "perplexity", "token");
        return StrictMath.exp(-logProbability / tokens);
    }

    public static String bitsPerByteSignature() {
        return "bits_per_byte|unit:utf-8-byte|average:corpus|version:1";
    }

    /// @param tokenizer what identifies the tokenizer, e.g. its hash
    public static String perplexitySignature(String tokenizer) {
        return "perplexity|unit:token|tok:" + tokenizer + "|average:corpus|version:1";
    }

    private static void require(long count, String what, String unit) {
        if (count == 0) {
            throw new IllegalArgumentException(what + ": not a single " + unit
                    + " was scored; is the text empty, or was every token masked?");
        }
    }
}
