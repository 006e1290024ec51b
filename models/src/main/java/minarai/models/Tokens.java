package minarai.models;

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
