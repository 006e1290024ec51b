package minarai.engine;

import static minarai.engine.AttentionPanels.WIDTH;

import java.util.Arrays;

/// The rows of keys, cut into tiles of at most [AttentionPanels#WIDTH] so that in each tile every sequence sees all
/// rows or none; and the tiles, cut into families so that each sequence finds all its keys in one.
final class KeyTiles {

    /// The tiles' first rows, ascending, and the row after the last.
    private final int[] rows;
    /// The families' first tiles, ascending, and the tile after the last.
    private final int[] families;

    KeyTiles(Span[] spans) {
        int[] edges = edges(spans);
        int count = 0;
        for (int e = 1; e < edges.length; e++) {
            count += Math.ceilDiv(edges[e] - edges[e - 1], WIDTH);
        }
        rows = new int[count + 1];
        int[] starts = new int[count + 1];
        int tile = 0;
        int family = 0;
        for (int e = 1; e < edges.length; e++) {
            int length = edges[e] - edges[e - 1];
            if (length > 0 && !isInside(edges[e - 1], spans)) {
                starts[family++] = tile;
            }
            int parts = Math.ceilDiv(length, WIDTH);
            for (int part = 0; part < parts; part++) {
                rows[tile++] = edges[e - 1] + (int) ((long) length * part / parts);
            }
        }
        rows[count] = edges.length == 0 ? 0 : edges[edges.length - 1];
        starts[family] = count;
        families = Arrays.copyOf(starts, family + 1);
    }

    private static int[] edges(Span[] spans) {
        int[] edges = new int[4 * spans.length];
        for (int s = 0; s < spans.length; s++) {
            Span span = spans[s];
            edges[4 * s] = span.firstKey();
            edges[4 * s + 1] = span.firstKey() + span.own();
            edges[4 * s + 2] = span.shared() == 0 ? span.firstKey() : span.firstShared();
            edges[4 * s + 3] = span.shared() == 0 ? span.firstKey() : span.firstShared() + span.shared();
        }
        Arrays.sort(edges);
        return edges;
    }

    /// Whether a sequence has keys both before `row` and from there on.
    private static boolean isInside(int row, Span[] spans) {
        for (Span span : spans) {
            if (first(span) < row && row < end(span)) {
                return true;
            }
        }
        return false;
    }

    private static int first(Span span) {
        return span.shared() == 0 ? span.firstKey() : Math.min(span.firstKey(), span.firstShared());
    }

    private static int end(Span span) {
        return Math.max(span.firstKey() + span.own(), span.firstShared() + span.shared());
    }

    int count() {
        return rows.length - 1;
    }

    int firstRow(int tile) {
        return rows[tile];
    }

    int endRow(int tile) {
        return rows[tile + 1];
    }

    int families() {
        return families.length - 1;
    }

    int firstTile(int family) {
        return families[family];
    }

    int endTile(int family) {
        return families[family + 1];
    }

    /// Whether it pays that one task goes through all tiles of a family, for one key-value head, so that the scores
    /// need be made only once: five products instead of seven, but fewer tasks. And whether it may be: a query's sums
    /// run over ascending positions, which must then be ascending rows.
    boolean isOnePassBetter(Span[] spans, int heads, int threads) {
        double total = 0;
        double[] work = new double[families()];
        for (Span span : spans) {
            if (span.shared() > 0 && span.firstShared() > span.firstKey()) {
                return false;
            }
            int family = 0;
            while (family + 1 < work.length && rows[families[family + 1]] <= first(span)) {
                family++;
            }
            double pairs = (double) span.queries() * span.keys();
            work[family] += pairs;
            total += pairs;
        }
        double longest = Arrays.stream(work).max().orElse(0);
        double even = total / work.length * Math.ceilDiv(work.length * heads, threads);
        return 5 * Math.max(longest, even) <= 7 * total * heads / threads;
    }
}
