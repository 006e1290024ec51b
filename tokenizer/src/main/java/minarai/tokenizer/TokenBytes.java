package minarai.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.IntFunction;

/// What a token adds to a text that it continues, in bytes of UTF-8: a token may be a part of a character.
final class TokenBytes {

    private TokenBytes() {
    }

    /// @param piece as the vocabulary spells it
    /// @param text  the text of the token so many times
    static byte[] of(String piece, Decoder decoder, IntFunction<String> text) {
        if (isSpelledInBytes(decoder) && piece.chars().allMatch(c -> ByteAlphabet.byteOf((char) c) >= 0)) {
            var bytes = new ByteArrayOutputStream();
            piece.chars().forEach(c -> bytes.write(ByteAlphabet.byteOf((char) c)));
            return bytes.toByteArray();
        }
        int single = hasByteFallback(decoder) ? ByteStages.byteOf(piece) : -1;
        if (single >= 0) {
            return new byte[] {(byte) single};
        }
        String once = text.apply(1);
        String twice = text.apply(2);
        return (twice.startsWith(once) ? twice.substring(once.length()) : "").getBytes(StandardCharsets.UTF_8);
    }

    private static boolean isSpelledInBytes(Decoder decoder) {
        return switch (decoder) {
            case Decoder.ByteLevel _ -> true;
            case Decoder.Sequence(var steps) -> steps.stream().anyMatch(TokenBytes::isSpelledInBytes);
            case Decoder.ByteFallback _, Decoder.Fuse _, Decoder.Strip _, Decoder.Replace _, Decoder.Metaspace _,
                    Decoder.WordPiece _, Decoder.SentencePiece _, Decoder.WordSuffix _, Decoder.Ctc _,
                    Decoder.Blanks _ -> false;
        };
    }

    private static boolean hasByteFallback(Decoder decoder) {
        return switch (decoder) {
            case Decoder.ByteFallback _ -> true;
            case Decoder.SentencePiece pieces -> pieces.hasBytes();
            case Decoder.Sequence(var steps) -> steps.stream().anyMatch(TokenBytes::hasByteFallback);
            case Decoder.ByteLevel _, Decoder.Fuse _, Decoder.Strip _, Decoder.Replace _, Decoder.Metaspace _,
                    Decoder.WordPiece _, Decoder.WordSuffix _, Decoder.Ctc _, Decoder.Blanks _ -> false;
        };
    }
}
