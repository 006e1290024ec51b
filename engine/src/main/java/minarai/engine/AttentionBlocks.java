package minarai.engine;

import static minarai.engine.AttentionPanels.BLOCK;

/// The blocks into which the rows of several sequences are packed, for each head: sequence by sequence, within it head
/// by head, within a head by ascending position.
final class AttentionBlocks {

    private final int[] starts;
    private final int heads;

    /// How many rows of a sequence are packed.
    @FunctionalInterface
    interface Length {
        int of(Span span);
    }

    AttentionBlocks(Span[] spans, int heads, Length length) {
        this.heads = heads;
        starts = new int[spans.length + 1];
        for (int s = 0; s < spans.length; s++) {
            starts[s + 1] = Math.addExact(starts[s], Math.multiplyExact(heads,
                    Math.ceilDiv(length.of(spans[s]), BLOCK)));
        }
    }

    int count() {
        return starts[starts.length - 1];
    }

    /// Number of the first block of a head of sequence `s`.
    int first(int s, int head) {
        return starts[s] + head * inHead(s);
    }

    /// The sequence that block `index` belongs to.
    int sequence(int index) {
        int s = 0;
        while (starts[s + 1] <= index) {
            s++;
        }
        return s;
    }

    int head(int s, int index) {
        return (index - starts[s]) / inHead(s);
    }

    /// The block's first row within the sequence.
    int row(int s, int index) {
        return (index - starts[s]) % inHead(s) * BLOCK;
    }

    private int inHead(int s) {
        return (starts[s + 1] - starts[s]) / heads;
    }
}
