package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.longs.LongHeapPriorityQueue;

/// The symbols of one word, merged until no pair is left: lowest rank first, leftmost first among equals. Used for one
/// word after another, so that its arrays are allocated once.
final class Merging {

    private static final int ABSENT = -1;

    /// Up to this many symbols, looking through all pairs is faster than a heap of them.
    private static final int SHORT = 100;

    private final PairTable pairs;
    private int[] ids = new int[SHORT];
    private int[] from = new int[SHORT];
    private int[] to = new int[SHORT];
    private long[] values = new long[SHORT];
    private int[] previous = IntArrays.EMPTY_ARRAY;
    private int[] next = IntArrays.EMPTY_ARRAY;
    private int count;

    Merging(PairTable pairs) {
        this.pairs = pairs;
    }

    void clear() {
        count = 0;
    }

    int count() {
        return count;
    }

    int id(int index) {
        return ids[index];
    }

    /// The first UTF-16 unit of a symbol, or the first byte, as it was added.
    int from(int index) {
        return from[index];
    }

    int to(int index) {
        return to[index];
    }

    void add(int id, int symbolFrom, int symbolTo) {
        if (count == ids.length) {
            ids = IntArrays.grow(ids, count + 1);
            from = IntArrays.grow(from, ids.length);
            to = IntArrays.grow(to, ids.length);
        }
        ids[count] = id;
        from[count] = symbolFrom;
        to[count++] = symbolTo;
    }

    void merge() {
        if (count <= SHORT) {
            mergeShort();
        } else {
            mergeLong();
        }
    }

    private void mergeShort() {
        for (int i = 0; i + 1 < count; i++) {
            values[i] = pairs.get(ids[i], ids[i + 1]);
        }
        while (count > 1) {
            int best = 0;
            int lowest = PairTable.rank(values[0]);
            for (int i = 1; i + 1 < count; i++) {
                int rank = PairTable.rank(values[i]);
                if (rank < lowest) {
                    lowest = rank;
                    best = i;
                }
            }
            if (values[best] == PairTable.NONE) {
                return;
            }
            mergeAt(best);
        }
    }

    private void mergeAt(int left) {
        ids[left] = (int) values[left];
        to[left] = to[left + 1];
        int moved = --count - left - 1;
        System.arraycopy(ids, left + 2, ids, left + 1, moved);
        System.arraycopy(from, left + 2, from, left + 1, moved);
        System.arraycopy(to, left + 2, to, left + 1, moved);
        System.arraycopy(values, left + 1, values, left, moved);
        if (left + 1 < count) {
            values[left] = pairs.get(ids[left], ids[left + 1]);
        }
        if (left > 0) {
            values[left - 1] = pairs.get(ids[left - 1], ids[left]);
        }
    }

    /// The same with a heap and a linked list: `O(n log n)`.
    private void mergeLong() {
        previous = IntArrays.ensureCapacity(previous, count);
        next = IntArrays.ensureCapacity(next, count);
        for (int i = 0; i < count; i++) {
            previous[i] = i - 1;
            next[i] = i + 1 < count ? i + 1 : ABSENT;
        }
        var queue = new LongHeapPriorityQueue();
        for (int i = 0; i + 1 < count; i++) {
            enqueue(i, queue);
        }
        while (!queue.isEmpty()) {
            long candidate = queue.dequeueLong();
            int left = (int) candidate;
            long value = ids[left] == ABSENT ? PairTable.NONE : valueAt(left);
            if (value != PairTable.NONE && PairTable.rank(value) == PairTable.rank(candidate)) {
                link(left, (int) value);
                enqueue(left, queue);
                if (previous[left] != ABSENT) {
                    enqueue(previous[left], queue);
                }
            }
        }
        close();
    }

    private long valueAt(int left) {
        return next[left] == ABSENT ? PairTable.NONE : pairs.get(ids[left], ids[next[left]]);
    }

    private void enqueue(int left, LongHeapPriorityQueue queue) {
        long value = valueAt(left);
        if (value != PairTable.NONE) {
            queue.enqueue(value >>> 32 << 32 | left);
        }
    }

    private void link(int left, int merged) {
        int right = next[left];
        ids[left] = merged;
        to[left] = to[right];
        ids[right] = ABSENT;
        next[left] = next[right];
        if (next[right] != ABSENT) {
            previous[next[right]] = left;
        }
    }

    /// Closes the gaps that merging left.
    private void close() {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (ids[i] != ABSENT) {
                ids[kept] = ids[i];
                from[kept] = from[i];
                to[kept++] = to[i];
            }
        }
        count = kept;
    }

    void send(Model.TokenSink sink) {
        for (int i = 0; i < count; i++) {
            sink.token(ids[i], from[i], to[i]);
        }
    }
}
