package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2IntMap;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;

import java.util.Arrays;
import java.util.OptionalInt;

/// Pieces and their ids, both ways. Ids may have holes; an id or a piece occurs once.
final class Vocabulary {

    /// Ids are below this: sixteen million is some sixty times the largest published vocabulary.
    static final int MAX_SIZE = 1 << 24;

    /// No piece has more UTF-16 units: eight times as many as the longest published one. Looking for pieces that begin
    /// at a place, and cutting a piece in two, takes time that grows with its length.
    static final int LONGEST_PIECE = 1024;

    private static final int ABSENT = -1;

    private final Object2IntOpenHashMap<String> ids;
    private final Int2IntOpenHashMap idOfCodePoint = new Int2IntOpenHashMap();
    private final String[] pieces;

    /// @throws IllegalArgumentException if a piece is too long, or an id is out of range or belongs to two pieces
    Vocabulary(Object2IntMap<String> ids) {
        this.ids = new Object2IntOpenHashMap<>(ids);
        this.ids.defaultReturnValue(ABSENT);
        idOfCodePoint.defaultReturnValue(ABSENT);
        int size = 0;
        for (Object2IntMap.Entry<String> entry : this.ids.object2IntEntrySet()) {
            int id = entry.getIntValue();
            checkLength(entry.getKey());
            if (id < 0 || id >= MAX_SIZE) {
                throw new IllegalArgumentException(
                        "\"%s\" has id %d; ids run from 0 to %d".formatted(entry.getKey(), id, MAX_SIZE - 1));
            }
            size = Math.max(size, id + 1);
        }
        pieces = new String[size];
        Arrays.fill(pieces, "");
        boolean[] isTaken = new boolean[size];
        for (Object2IntMap.Entry<String> entry : this.ids.object2IntEntrySet()) {
            add(entry.getKey(), entry.getIntValue(), isTaken);
        }
    }

    /// @throws IllegalArgumentException if a piece has more than [#LONGEST_PIECE] UTF-16 units
    static void checkLength(String piece) {
        if (piece.length() > LONGEST_PIECE) {
            throw new IllegalArgumentException("the token \"%s…\" has %d characters; at most %d are read"
                    .formatted(piece.substring(0, 40), piece.length(), LONGEST_PIECE));
        }
    }

    private void add(String piece, int id, boolean[] isTaken) {
        if (isTaken[id]) {
            throw new IllegalArgumentException(
                    "id %d belongs to both \"%s\" and \"%s\"".formatted(id, pieces[id], piece));
        }
        isTaken[id] = true;
        pieces[id] = piece;
        if (!piece.isEmpty() && piece.codePointCount(0, piece.length()) == 1) {
            idOfCodePoint.put(piece.codePointAt(0), id);
        }
    }

    /// One more than the largest id.
    int size() {
        return pieces.length;
    }

    /// How many pieces there are; less than [#size()] where ids have holes.
    int count() {
        return ids.size();
    }

    OptionalInt idOf(String piece) {
        int id = ids.getInt(piece);
        return id == ABSENT ? OptionalInt.empty() : OptionalInt.of(id);
    }

    boolean contains(String piece) {
        return ids.containsKey(piece);
    }

    /// The id of a piece of one character, or -1; saves the string in hot loops.
    int idOfCodePoint(int codePoint) {
        return idOfCodePoint.get(codePoint);
    }

    boolean hasPiece(int id) {
        return id >= 0 && id < pieces.length && (!pieces[id].isEmpty() || ids.getInt("") == id);
    }

    /// @throws IllegalArgumentException if no piece has this id
    String piece(int id) {
        if (!hasPiece(id)) {
            throw new IllegalArgumentException(
                    "no token has id %d; the vocabulary's ids run from 0 to %d".formatted(id, pieces.length - 1));
        }
        return pieces[id];
    }
}
