package minarai.engine;

/// How an attention's features divide into heads. Heads exist only inside the attention kernel.
///
/// Query head `h` reads key-value head `h / (heads / keyValueHeads)` (Ainslie et al. 2023, grouped-query attention).
///
/// @param heads         query heads
/// @param keyValueHeads key and value heads, a divisor of `heads`
/// @param size          features of one head
/// @param window        how many of the latest positions a query sees, itself included; [#UNLIMITED] for all
/// @param scale         what a score is multiplied by, usually `1 / sqrt(size)`
/// @param cap           what a scaled score is softly limited to, `cap * tanh(score / cap)`; [#UNCAPPED] for not at all
public record Heads(int heads, int keyValueHeads, int size, int window, float scale, float cap) {

    public static final int UNLIMITED = Integer.MAX_VALUE;
    public static final float UNCAPPED = Float.POSITIVE_INFINITY;

    public Heads {
        if (heads < 1 || keyValueHeads < 1 || heads % keyValueHeads != 0 || size < 1 || window < 1
                || !(scale > 0 && scale < Float.POSITIVE_INFINITY && cap > 0)) {
            throw new IllegalArgumentException(("%d heads of size %d over %d key-value heads, window %d, scale %s, "
                    + "cap %s").formatted(heads, size, keyValueHeads, window, scale, cap));
        }
    }

    /// Heads whose scores are multiplied by `1 / sqrt(size)` (Vaswani et al. 2017, eq. 1).
    public Heads(int heads, int keyValueHeads, int size, int window) {
        this(heads, keyValueHeads, size, window, (float) (1 / Math.sqrt(size)), UNCAPPED);
    }

    boolean isCapped() {
        return cap < UNCAPPED;
    }

    public int queryColumns() {
        return heads * size;
    }

    public int keyColumns() {
        return keyValueHeads * size;
    }

    public int group() {
        return heads / keyValueHeads;
    }

    /// The first key, counted within the sequence, that a query at `position` sees.
    int firstVisible(int position) {
        return Math.max(0, position - (window - 1));
    }
}
