package minarai.engine;

/// What the queries of one sequence may see: query `i` (counted from 0) sees the sequence's keys 0 to
/// `keys - queries + i`, so the last query sees them all.
///
/// Sequences lie end to end; without a cache `queries == keys` and `firstQuery == firstKey`.
///
/// @param firstQuery row of the sequence's first query
/// @param queries    how many queries, the newest positions of the sequence
/// @param firstKey   row of the sequence's first key, at position 0
/// @param keys       how many keys, at least `queries`
public record Span(int firstQuery, int queries, int firstKey, int keys) {

    public Span {
        if (firstQuery < 0 || firstKey < 0 || queries < 1 || keys < queries) {
            throw new IllegalArgumentException("a span of %d queries from row %d over %d keys from row %d"
                    .formatted(queries, firstQuery, keys, firstKey));
        }
    }

    /// A whole sequence that sees only itself.
    public static Span sequence(int first, int length) {
        return new Span(first, length, first, length);
    }
}
