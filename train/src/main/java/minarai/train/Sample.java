package minarai.train;

/// A sequence to learn from: what the model reads, and which of its tokens it should have predicted.
///
/// @param id       where it came from
/// @param ids      token ids
/// @param isTarget for each id, whether predicting it counts; the first cannot be predicted and never counts
public record Sample(String id, int[] ids, boolean[] isTarget) {

    /// @throws IllegalArgumentException if there are no ids, or not a mark for each
    public Sample {
        if (ids.length == 0) {
            throw new IllegalArgumentException(id + ": it has no ids at all");
        }
        if (ids.length != isTarget.length) {
            throw new IllegalArgumentException("%s: %d ids but %d marks of targets".formatted(id, ids.length,
                    isTarget.length));
        }
    }

    /// How many tokens are predicted.
    public int targets() {
        int targets = 0;
        for (int i = 1; i < ids.length; i++) {
            targets += isTarget[i] ? 1 : 0;
        }
        return targets;
    }
}
