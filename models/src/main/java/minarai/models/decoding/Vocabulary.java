package minarai.models.decoding;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.BitSet;
import java.util.stream.IntStream;
import minarai.tokenizer.PipelineTokenizer;

/// The tokens of a vocabulary as bytes, in the order of these, so that tokens that begin alike stand together.
///
/// @param ids    of the tokens that add text
/// @param bytes  of each of them
/// @param shared  how many bytes each has in common with the one before
/// @param isPlain whether each may stand anywhere in a string of JSON and leave it open
record Vocabulary(int[] ids, byte[][] bytes, int[] shared, boolean[] isPlain) {

    static Vocabulary of(PipelineTokenizer tokenizer) {
        byte[][] all = new byte[tokenizer.vocabularySize()][];
        Arrays.setAll(all, tokenizer::bytes);
        int[] ids = IntStream.range(0, all.length).filter(id -> all[id].length > 0).boxed()
                .sorted((a, b) -> Arrays.compareUnsigned(all[a], all[b])).mapToInt(Integer::intValue).toArray();
        byte[][] bytes = new byte[ids.length][];
        int[] shared = new int[ids.length];
        boolean[] isPlain = new boolean[ids.length];
        for (int i = 0; i < ids.length; i++) {
            bytes[i] = all[ids[i]];
            isPlain[i] = isPlain(bytes[i]);
            int mismatch = i == 0 ? 0 : Arrays.mismatch(bytes[i - 1], bytes[i]);
            shared[i] = mismatch < 0 ? bytes[i].length : mismatch;
        }
        return new Vocabulary(ids, bytes, shared, isPlain);
    }

    private static boolean isPlain(byte[] bytes) {
        for (byte each : bytes) {
            if (each < ' ' || each == '"' || each == '\\') {
                return false;
            }
        }
        return true;
    }

    int longest() {
        return Arrays.stream(bytes).mapToInt(each -> each.length).max().orElse(0);
    }

    /// The bytes that are tokens by themselves.
    BitSet singles() {
        var singles = new BitSet();
        for (byte[] each : bytes) {
            if (each.length == 1) {
                singles.set(each[0] & 0xFF);
            }
        }
        return singles;
    }

    /// @throws IllegalArgumentException if a byte of the text is no token by itself
    void requireSingles(String text) {
        BitSet singles = singles();
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            if (!singles.get(each & 0xFF)) {
                throw new IllegalArgumentException(("the tokenizer has no token for the byte %02X by itself (of "
                        + "\"%s\"), so a text by this schema cannot be promised").formatted(each, text));
            }
        }
    }
}
