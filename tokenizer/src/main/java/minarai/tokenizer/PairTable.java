package minarai.tokenizer;

import it.unimi.dsi.fastutil.HashCommon;

import java.util.Arrays;

/// The pairs of ids that merge, each with its rank and the id it becomes. Key and value lie side by side, so that a
/// look-up costs one cache line.
final class PairTable {

    /// The value of a pair that does not merge; its rank is higher than any other.
    static final long NONE = Long.MAX_VALUE;

    private static final long FREE = -1;

    private final long[] slots;
    private final int mask;

    /// @param pairs how many there will be at most
    PairTable(int pairs) {
        int capacity = HashCommon.arraySize(pairs, 0.5f);
        slots = new long[2 * capacity];
        Arrays.fill(slots, FREE);
        mask = capacity - 1;
    }

    /// Adds a pair, or gives it another rank.
    void put(int left, int right, int rank, int merged) {
        int slot = slot(key(left, right));
        slots[slot] = key(left, right);
        slots[slot + 1] = (long) rank << 32 | merged;
    }

    /// The rank in the high half and the merged id in the low one, or [#NONE].
    long get(int left, int right) {
        long key = key(left, right);
        int slot = slot(key);
        return slots[slot] == key ? slots[slot + 1] : NONE;
    }

    static int rank(long value) {
        return (int) (value >>> 32);
    }

    private int slot(long key) {
        int at = (int) HashCommon.mix(key) & mask;
        while (slots[2 * at] != key && slots[2 * at] != FREE) {
            at = at + 1 & mask;
        }
        return 2 * at;
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }
}
