package minarai.engine;

/// The tiles of an attention's queries. A row is a query of one head; the rows of the heads that share a key-value head
/// stand together, position by position, and [AttentionPanels#WIDTH] of them are a tile.
final class QueryTiles {

    private final int[] starts;
    private final int keyValueHeads;

    QueryTiles(Span[] spans, Heads heads) {
        keyValueHeads = heads.keyValueHeads();
        starts = new int[spans.length + 1];
        for (int s = 0; s < spans.length; s++) {
            int tiles = Math.ceilDiv(Math.multiplyExact(spans[s].queries(), heads.group()), AttentionPanels.WIDTH);
            starts[s + 1] = Math.addExact(starts[s], Math.multiplyExact(tiles, keyValueHeads));
        }
    }

    int count() {
        return starts[starts.length - 1];
    }

    /// The sequence that tile `index` belongs to.
    int sequence(int index) {
        int s = 0;
        while (starts[s + 1] <= index) {
            s++;
        }
        return s;
    }

    /// The key-value head that the rows of tile `index` of sequence `s` see.
    int head(int s, int index) {
        return fromLast(s, index) % keyValueHeads;
    }

    /// The first row of the tile.
    int row(int s, int index) {
        return fromLast(s, index) / keyValueHeads * AttentionPanels.WIDTH;
    }

    /// The last tiles of a sequence see the most keys and come first.
    private int fromLast(int s, int index) {
        return starts[s + 1] - 1 - index;
    }
}
