package minarai.models;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import minarai.engine.Span;

/// Sequences of token ids, end to end without padding, and what each may see.
///
/// @param ids       all ids, one sequence after the other
/// @param positions each id's position in its own sequence, from 0
/// @param spans     a span for each sequence
/// @param rows      where each id's key and value go in the cache, empty without one
public record Tokens(int[] ids, int[] positions, Span[] spans, int[] rows) {

    /// Whole sequences, none of which sees another.
    ///
    /// @throws IllegalArgumentException if one is empty
    public static Tokens of(List<int[]> sequences) {
        requireTokens(sequences);
        int count = sequences.stream().mapToInt(sequence -> sequence.length).sum();
        int[] ids = new int[count];
        int[] positions = new int[count];
        Span[] spans = new Span[sequences.size()];
        int first = 0;
        for (int s = 0; s < spans.length; s++) {
            int[] sequence = sequences.get(s);
            System.arraycopy(sequence, 0, ids, first, sequence.length);
            int start = first;
            for (int i = 0; i < sequence.length; i++) {
                positions[start + i] = i;
            }
            spans[s] = Span.sequence(first, sequence.length);
            first += sequence.length;
        }
        return new Tokens(ids, positions, spans, new int[0]);
    }

    /// Sequences that begin alike: the first `shared` ids are there once, before all others, and every sequence goes on
    /// from them. What a model makes of a sequence has the bits of computing it whole.
    ///
    /// @throws IllegalArgumentException if a sequence is not longer than what is shared, or begins otherwise
    public static Tokens of(List<int[]> sequences, int shared) {
        if (shared == 0) {
            return of(sequences);
        }
        int[] prefix = Arrays.copyOf(sequences.getFirst(), shared);
        var parts = new ArrayList<int[]>();
        parts.add(prefix);
        for (int[] sequence : sequences) {
            if (sequence.length <= shared || !Arrays.equals(prefix, 0, shared, sequence, 0, shared)) {
                throw new IllegalArgumentException("a sequence of %d ids does not go on from the %d that are shared"
                        .formatted(sequence.length, shared));
            }
            parts.add(Arrays.copyOfRange(sequence, shared, sequence.length));
        }
        Tokens apart = of(parts);
        Span[] spans = apart.spans.clone();
        for (int s = 1; s < spans.length; s++) {
            int first = spans[s].firstQuery();
            int own = spans[s].queries();
            spans[s] = new Span(first, own, first, shared + own, 0, shared);
            for (int i = first; i < first + own; i++) {
                apart.positions[i] += shared;
            }
        }
        return new Tokens(apart.ids, apart.positions, spans, apart.rows);
    }

    public static Tokens of(int... sequence) {
        return of(List.of(sequence));
    }

    static void requireTokens(List<int[]> sequences) {
        for (int s = 0; s < sequences.size(); s++) {
            if (sequences.get(s).length == 0) {
                throw new IllegalArgumentException("sequence %d of %d is empty; each needs a token at least"
                        .formatted(s, sequences.size()));
            }
        }
    }

    public int count() {
        return ids.length;
    }
}
