package minarai.engine;

import java.util.Arrays;

/// Which stretches of an array are free: the first that is large enough is taken, neighbours that come back are joined.
final class FreeList {

    private static final int ALIGNMENT = 16;
    /// Where an array's numbers reach a multiple of 64 bytes, its header of 16 bytes counted.
    static final int START = ALIGNMENT - 4;

    private int[] starts = new int[16];
    private int[] lengths = new int[16];
    private int count;
    private int end = START;

    /// Takes a stretch of `size` numbers.
    ///
    /// @param limit what the array may hold at the most
    /// @return its start, or -1 where there is no room
    int take(int size, int limit) {
        int needed = padded(size);
        for (int i = 0; i < count; i++) {
            if (lengths[i] >= needed) {
                int start = starts[i];
                starts[i] += needed;
                lengths[i] -= needed;
                if (lengths[i] == 0) {
                    remove(i);
                }
                return start;
            }
        }
        if (end + (long) needed > limit) {
            return -1;
        }
        int start = end;
        end += needed;
        return start;
    }

    /// Gives a stretch back that was taken.
    void give(int start, int size) {
        int length = padded(size);
        if (length == 0) {
            return;
        }
        int i = 0;
        while (i < count && starts[i] < start) {
            i++;
        }
        insert(i, start, length);
        joinWithNext(i);
        if (i > 0) {
            joinWithNext(i - 1);
        }
        if (count > 0 && starts[count - 1] + lengths[count - 1] == end) {
            end = starts[--count];
        }
    }

    private void joinWithNext(int i) {
        if (i + 1 < count && starts[i] + lengths[i] == starts[i + 1]) {
            lengths[i] += lengths[i + 1];
            remove(i + 1);
        }
    }

    private void insert(int i, int start, int length) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            lengths = Arrays.copyOf(lengths, 2 * count);
        }
        System.arraycopy(starts, i, starts, i + 1, count - i);
        System.arraycopy(lengths, i, lengths, i + 1, count - i);
        starts[i] = start;
        lengths[i] = length;
        count++;
    }

    private void remove(int i) {
        System.arraycopy(starts, i + 1, starts, i, count - i - 1);
        System.arraycopy(lengths, i + 1, lengths, i, count - i - 1);
        count--;
    }

    /// Makes everything free.
    void clear() {
        count = 0;
        end = START;
    }

    /// One past the last number that is taken.
    int end() {
        return end;
    }

    /// How many numbers an array has that holds one stretch of `size` numbers and nothing else.
    static int alone(int size) {
        return Math.addExact(START, padded(size));
    }

    private static int padded(int size) {
        return Math.multiplyExact(Math.ceilDiv(size, ALIGNMENT), ALIGNMENT);
    }
}
