package minarai.tokenizer;

import java.util.Arrays;
import java.util.List;

/// What the `post_processor` of tokenizer.json does to a single sequence.
///
/// @param prefix ids put in front when special tokens are asked for
/// @param suffix ids put after it
/// @param trim   what happens to offsets
record PostProcessor(int[] prefix, int[] suffix, Trim trim) {

    static final PostProcessor NONE = new PostProcessor(new int[0], new int[0], Trim.NONE);

    /// Whether offsets leave out white space at the ends of a token.
    enum Trim {
        /// They keep it.
        NONE,
        /// They leave it out.
        SPACES,
        /// They leave it out, but for a single blank at the very front, which the pre-tokenizer put there.
        SPACES_AFTER_PREFIX
    }

    /// This one, then `outer` around it.
    PostProcessor then(PostProcessor outer) {
        return new PostProcessor(join(outer.prefix, prefix), join(suffix, outer.suffix),
                outer.trim == Trim.NONE ? trim : outer.trim);
    }

    private static int[] join(int[] a, int[] b) {
        int[] joined = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, joined, a.length, b.length);
        return joined;
    }

    /// Trims offsets in place, as Hugging Face's `ByteLevel` post-processor does.
    ///
    /// @param pieces the spelling of each token
    void trimOffsets(List<String> pieces, int[] starts, int[] ends) {
        if (trim == Trim.NONE) {
            return;
        }
        for (int i = 0; i < pieces.size(); i++) {
            int leading = leadingSpaces(pieces.get(i));
            int trailing = trailingSpaces(pieces.get(i));
            boolean isFirst = i == 0 || starts[i] == 0;
            if (leading == 1 && isFirst && trim == Trim.SPACES_AFTER_PREFIX) {
                leading = 0;
            }
            starts[i] = Math.min(starts[i] + leading, ends[i]);
            if (trailing > 0 && ends[i] >= trailing) {
                ends[i] = Math.max(ends[i] - trailing, starts[i]);
            }
        }
    }

    private static int leadingSpaces(String piece) {
        int count = 0;
        while (count < piece.length() && isSpace(piece.charAt(count))) {
            count++;
        }
        return count;
    }

    private static int trailingSpaces(String piece) {
        int count = 0;
        while (count < piece.length() && isSpace(piece.charAt(piece.length() - 1 - count))) {
            count++;
        }
        return count;
    }

    private static boolean isSpace(char c) {
        return c == ByteAlphabet.characterOf(' ') || Characters.isWhiteSpace(c);
    }
}
