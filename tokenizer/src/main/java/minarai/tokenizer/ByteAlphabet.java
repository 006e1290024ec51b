package minarai.tokenizer;

import java.util.Arrays;

/// GPT-2's spelling of bytes as printable characters: printable Latin-1 bytes are themselves, the other 68 are
/// U+0100 to U+0143 in ascending order. A space is `Ġ`.
///
/// @see <a href="https://github.com/openai/gpt-2/blob/master/src/encoder.py">bytes_to_unicode</a>
final class ByteAlphabet {

    private static final char[] CHARACTERS = characters();
    private static final int[] BYTES = bytes();

    private ByteAlphabet() {
    }

    private static char[] characters() {
        char[] characters = new char[256];
        char next = 256;
        for (int b = 0; b < 256; b++) {
            boolean isPrintable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF);
            characters[b] = isPrintable ? (char) b : next++;
        }
        return characters;
    }

    private static int[] bytes() {
        int[] bytes = new int[0x144];
        Arrays.fill(bytes, -1);
        for (int b = 0; b < 256; b++) {
            bytes[CHARACTERS[b]] = b;
        }
        return bytes;
    }

    /// @param b the byte, its low eight bits
    static char characterOf(int b) {
        return CHARACTERS[b & 0xFF];
    }


    /// The byte of a character of the alphabet, or -1.
    static int byteOf(char character) {
        return character < BYTES.length ? BYTES[character] : -1;
    }

    /// The bytes of a character in UTF-8. An unpaired surrogate is U+FFFD.
    static byte[] utf8(int codePoint) {
        int c = codePoint >= 0xD800 && codePoint <= 0xDFFF ? 0xFFFD : codePoint;
        if (c < 0x80) {
            return new byte[] {(byte) c};
        }
        if (c < 0x800) {
            return new byte[] {(byte) (0xC0 | c >> 6), (byte) (0x80 | c & 0x3F)};
        }
        if (c < 0x10000) {
            return new byte[] {(byte) (0xE0 | c >> 12), (byte) (0x80 | c >> 6 & 0x3F), (byte) (0x80 | c & 0x3F)};
        }
        return new byte[] {(byte) (0xF0 | c >> 18), (byte) (0x80 | c >> 12 & 0x3F), (byte) (0x80 | c >> 6 & 0x3F),
            (byte) (0x80 | c & 0x3F)};
    }
}
