package minarai.engine;

/// What the queries of one sequence may see: query `i` (counted from 0) sees the sequence's keys 0 to
/// `keys - queries + i`, so the last query sees them all.
///
/// Sequences lie end to end; without a cache `queries == keys` and `firstQuery == firstKey`. A sequence may begin with
/// positions whose rows lie elsewhere, such as a prompt that several sequences of a batch have in common and that is
/// computed once, as a span of its own: positions 0 to `shared - 1` are rows `firstShared` and on, the others rows
/// `firstKey` and on.
///
/// @param firstQuery  row of the sequence's first query
/// @param queries     how many queries, the newest positions of the sequence
/// @param firstKey    row of the first key of the sequence's own, at position `shared`
/// @param keys        how many keys, the shared ones included, at least `queries`
/// @param firstShared row of the first shared key, at position 0; 0 if none is shared
/// @param shared      how many keys are shared, fewer than `keys`
public record Span(int firstQuery, int queries, int firstKey, int keys, int firstShared, int shared) {

    public Span {
        if (firstQuery < 0 || firstKey < 0 || queries < 1 || keys < queries) {
            throw new IllegalArgumentException("a span of %d queries from row %d over %d keys from row %d"
                    .formatted(queries, firstQuery, keys, firstKey));
        }
        boolean overlaps = shared > 0 && firstShared < (long) firstKey + keys - shared
                && firstKey < (long) firstShared + shared;
        if (firstShared < 0 || shared < 0 || shared >= keys || shared == 0 && firstShared != 0 || overlaps) {
            throw new IllegalArgumentException(("a span whose first %d of %d keys are the shared rows from %d, the "
                    + "others the rows from %d: at least one key must be its own, and no row may be both")
                    .formatted(shared, keys, firstShared, firstKey));
        }
    }

    /// A sequence that shares nothing.
    public Span(int firstQuery, int queries, int firstKey, int keys) {
        this(firstQuery, queries, firstKey, keys, 0, 0);
    }

    /// A whole sequence that sees only itself.
    public static Span sequence(int first, int length) {
        return new Span(first, length, first, length);
    }

    /// How many keys are the sequence's own.
    int own() {
        return keys - shared;
    }

    /// Row of the key at `position`, counted within the sequence.
    int row(int position) {
        return position < shared ? firstShared + position : firstKey + position - shared;
    }

    /// Position of query `i`.
    int position(int i) {
        return keys - queries + i;
    }
}
