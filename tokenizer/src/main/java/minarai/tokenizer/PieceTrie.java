package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;

import java.util.BitSet;

/// Strings by their UTF-16 units, for finding all of them that begin at a place.
final class PieceTrie {

    static final int ROOT = 0;

    private static final int ABSENT = -1;

    private final Long2IntOpenHashMap children = new Long2IntOpenHashMap();
    private final IntArrayList ids = IntArrayList.of(ABSENT);
    private final BitSet first = new BitSet();

    PieceTrie() {
        children.defaultReturnValue(ABSENT);
    }

    void add(String piece, int id) {
        int node = ROOT;
        for (int i = 0; i < piece.length(); i++) {
            long key = key(node, piece.charAt(i));
            node = children.get(key);
            if (node == ABSENT) {
                node = ids.size();
                ids.add(ABSENT);
                children.put(key, node);
            }
        }
        if (node != ROOT) {
            first.set(piece.charAt(0));
            ids.set(node, id);
        }
    }

    boolean isEmpty() {
        return children.isEmpty();
    }

    /// Whether a string begins with this unit.
    boolean mayBegin(char unit) {
        return first.get(unit);
    }

    /// The length of the longest string that begins at `at`, or 0.
    int longestAt(String text, int at) {
        int longest = 0;
        int node = ROOT;
        for (int to = at; to < text.length() && node >= 0; ) {
            node = child(node, text.charAt(to++));
            longest = node >= 0 && idAt(node) >= 0 ? to - at : longest;
        }
        return longest;
    }

    /// The node after `unit`, or -1.
    int child(int node, char unit) {
        return children.get(key(node, unit));
    }

    /// The id of the string that ends at this node, or -1.
    int idAt(int node) {
        return ids.getInt(node);
    }

    private static long key(int node, char unit) {
        return (long) node << 16 | unit;
    }
}
