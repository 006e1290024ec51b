package minarai.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;

/// SentencePiece's `precompiled_charsmap`: strings and what to put in their place. A double-array trie over UTF-8 bytes
/// leads to offsets in a block of strings, each ended by a zero. Neither a string nor its replacement may be longer
/// than a piece: a trie may lead round in a circle, and a replacement through the whole block.
///
/// @see <a href="https://github.com/s-yata/darts-clone">Darts-clone, the trie</a>
final class CharacterMap {

    private static final long NOTHING = -1;

    private final byte[] blob;
    private final int[] units;
    private final int stringsAt;

    private CharacterMap(byte[] blob, int[] units) {
        this.blob = blob;
        this.units = units;
        stringsAt = Integer.BYTES * (1 + units.length);
    }

    /// Reads a map; of no bytes, one that replaces nothing.
    ///
    /// @throws IllegalArgumentException if the bytes are no such map
    static CharacterMap of(ByteBuffer bytes) {
        byte[] blob = new byte[bytes.remaining()];
        bytes.slice().get(blob);
        if (blob.length == 0) {
            return new CharacterMap(blob, new int[0]);
        }
        ByteBuffer all = ByteBuffer.wrap(blob).order(ByteOrder.LITTLE_ENDIAN);
        long trieBytes = blob.length < Integer.BYTES ? -1 : Integer.toUnsignedLong(all.getInt());
        if (trieBytes < Integer.BYTES || trieBytes % Integer.BYTES != 0 || trieBytes > all.remaining()) {
            throw new IllegalArgumentException(("a character map of %d bytes with a trie of %d; the trie needs whole "
                    + "units of four bytes within the map").formatted(blob.length, trieBytes));
        }
        int[] units = new int[(int) trieBytes / Integer.BYTES];
        all.asIntBuffer().get(units);
        return new CharacterMap(blob, units);
    }

    /// A string of the map at a place in a text.
    ///
    /// @param units       its length in UTF-16 units
    /// @param replacement what to put in its place
    record Match(int units, String replacement) {

        static final Match NONE = new Match(0, "");
    }

    /// The longest string of the map that begins at `at`, or [Match#NONE].
    Match longest(CharSequence text, int at) {
        return match(text, at, false);
    }

    /// The shortest one.
    Match shortest(CharSequence text, int at) {
        return match(text, at, true);
    }

    private Match match(CharSequence text, int at, boolean isFirst) {
        if (units.length == 0) {
            return Match.NONE;
        }
        int found = 0;
        int value = 0;
        long node = offset(units[0]);
        for (int next = at; next < text.length(); ) {
            int codePoint = Character.codePointAt(text, next);
            next += Character.charCount(codePoint);
            node = walk(node, codePoint);
            if (node == NOTHING) {
                break;
            }
            if (next - at > Vocabulary.LONGEST_PIECE) {
                throw new IllegalArgumentException("the character map has a string of more than %d characters"
                        .formatted(Vocabulary.LONGEST_PIECE));
            }
            OptionalInt leaf = leaf(node);
            if (leaf.isPresent()) {
                found = next - at;
                value = leaf.getAsInt();
                if (isFirst) {
                    break;
                }
            }
        }
        return found == 0 ? Match.NONE : new Match(found, string(value));
    }

    /// The place after the bytes of a character: where its children begin, and in the high half the unit itself.
    private long walk(long from, int codePoint) {
        int children = (int) from;
        int unit = 0;
        for (byte b : ByteAlphabet.utf8(codePoint)) {
            int at = children ^ b & 0xFF;
            if (at < 0 || at >= units.length || label(units[at]) != (b & 0xFF)) {
                return NOTHING;
            }
            unit = units[at];
            children = at ^ offset(unit);
        }
        boolean hasLeaf = (unit >>> 8 & 1) == 1;
        return (hasLeaf ? 1L << 32 : 0) | children & 0x7FFF_FFFFL;
    }

    private OptionalInt leaf(long node) {
        int at = (int) node;
        if (node >>> 32 != 1) {
            return OptionalInt.empty();
        }
        if (at >= units.length) {
            throw new IllegalArgumentException("the character map leads to unit %d of %d".formatted(at, units.length));
        }
        return OptionalInt.of(units[at] & 0x7FFF_FFFF);
    }

    private static int offset(int unit) {
        return unit >>> 10 << ((unit & 1 << 9) >>> 6);
    }

    /// The byte of a unit; with the highest bit set, as in a leaf, it equals none.
    private static int label(int unit) {
        return unit & (1 << 31 | 0xFF);
    }

    private String string(int offset) {
        long from = (long) stringsAt + offset;
        int to = (int) Math.min(from, blob.length);
        while (to < blob.length && blob[to] != 0) {
            to++;
            if (to - from > Vocabulary.LONGEST_PIECE) {
                throw new IllegalArgumentException("the character map has a replacement of more than %d bytes"
                        .formatted(Vocabulary.LONGEST_PIECE));
            }
        }
        if (from >= blob.length || to == blob.length) {
            throw new IllegalArgumentException("the character map leads to byte %d of %d".formatted(from, blob.length));
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(blob, (int) from, to - (int) from))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("the character map has a string at byte %d that is not UTF-8"
                    .formatted(from), e);
        }
    }

    /// The map as files carry it.
    byte[] toBytes() {
        return blob.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof CharacterMap map && Arrays.equals(blob, map.blob);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(blob);
    }
}
