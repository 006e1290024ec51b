package minarai.models.decoding;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.Tokenizers;
import tools.jackson.databind.ObjectMapper;

/// Two small tokenizers of the kinds that models have: pieces of bytes, and pieces of characters beside bytes.
final class SchemaTokenizers {

    private static final List<String> LONGER = List.of("{\"", "\":", "\", \"", "\"}", "\"]}", "},", "true", "ru",
            "name", "na", "\"name", "123", "-0", "0.5", "e+1", "[[", "]]", "\\\"", "\\n", "\": \"", " hello", "llo",
            "a\"b");

    private SchemaTokenizers() {
    }

    /// All bytes, some longer pieces, halves of characters; the end token is 0.
    static PipelineTokenizer bytes(Path folder) {
        var pieces = new ArrayList<String>();
        for (int b = 0; b < 256; b++) {
            pieces.add(Character.toString(spelled(b)));
        }
        LONGER.forEach(each -> pieces.add(each.replace(' ', '\u0120')));
        pieces.add(Character.toString(spelled(0xE3)) + Character.toString(spelled(0x81)));
        pieces.add(Character.toString(spelled(0x82)) + "\"");
        return read(folder, pieces, "{\"type\": \"ByteLevel\"}", "");
    }

    /// Characters as they are, blanks as U+2581, bytes as `<0x0A>`.
    static PipelineTokenizer characters(Path folder) {
        var pieces = new ArrayList<String>();
        for (int b = 0; b < 256; b++) {
            pieces.add("<0x%02X>".formatted(b));
        }
        for (char c = '!'; c <= '~'; c++) {
            pieces.add(String.valueOf(c));
        }
        LONGER.forEach(each -> pieces.add(each.replace(' ', '\u2581')));
        pieces.addAll(List.of("\u2581", "\u2581{", "\u2581\"", "\u8449", "\u8449\"", "\uD83D\uDE00"));
        return read(folder, pieces.stream().distinct().toList(), """
                {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
                 {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}""",
                "\"byte_fallback\": true, ");
    }

    private static int spelled(int b) {
        boolean isPrintable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
        int unprintable = b <= ' ' ? b : b <= 0xA0 ? b - 0x7F + 33 : 67;
        return isPrintable ? b : 256 + unprintable;
    }

    private static PipelineTokenizer read(Path folder, List<String> pieces, String decoder, String more) {
        var mapper = new ObjectMapper();
        int[] id = {1};
        String vocabulary = pieces.stream().map(piece -> mapper.writeValueAsString(piece) + ": " + id[0]++)
                .collect(Collectors.joining(", "));
        try {
            Path file = Files.writeString(folder.resolve("tokenizer.json"), """
                    {"version": "1.0", "added_tokens": [{"id": 0, "content": "</s>", "special": true, "lstrip": false,
                     "rstrip": false, "normalized": false, "single_word": false}], "normalizer": null,
                     "pre_tokenizer": null, "post_processor": null, "decoder": %s, "model": {"type": "BPE", %s
                     "vocab": {"</s>": 0, %s}, "merges": []}}""".formatted(decoder, more, vocabulary));
            return Tokenizers.of(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
