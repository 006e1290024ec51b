package minarai.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/// Small tokenizer.json files that together have every kind of part.
final class SmallTokenizers {

    private static final String BPE = """
            {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "vocab": {"<unk>": 0, "a": 1,
             "b": 2, "ab": 3, "<0x41>": 4, "\u2581": 5, "\u2581a": 6}, "merges": ["a b", "\u2581 a"]}""";

    private static final String ENDED = """
            {"type": "BPE", "unk_token": "?", "end_of_word_suffix": "</w>", "continuing_subword_prefix": "",
             "vocab": {"?": 0, "a": 1, "b": 2, "b</w>": 3, "ab</w>": 4, "a</w>": 5}, "merges": [["a", "b</w>"]]}""";

    private static final String UNIGRAM = """
            {"type": "Unigram", "unk_id": 0, "byte_fallback": false, "vocab": [["<unk>", 0], ["a", -1.5], ["b", -2],
             ["ab", -2.25], ["\u2581", -3], ["\u732B", -4]]}""";

    private static final String WORDS = """
            {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
             "max_input_chars_per_word": 20, "vocab": {"[UNK]": 0, "a": 1, "##b": 2, "123": 3, "##a": 4, "!": 5}}""";

    private static final String LEVEL = """
            {"type": "WordLevel", "unk_token": "<unk>", "vocab": {"<unk>": 0, "the": 1, " ": 2, "a": 3}}""";

    /// Files, each of them complete.
    static final List<String> JSON = List.of(
            file("null", "{\"type\": \"UnicodeScripts\"}",
                    "{\"type\": \"Sequence\", \"decoders\": [{\"type\": \"Replace\", \"pattern\": {\"String\": "
                            + "\"\u2581\"}, \"content\": \" \"}, {\"type\": \"ByteFallback\"}, {\"type\": \"Fuse\"},"
                            + " {\"type\": \"Strip\", \"content\": \" \", \"start\": 1, \"stop\": 0}]}", BPE),
            file("{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Prepend\", \"prepend\": \"\u2581\"},"
                    + "{\"type\": \"Replace\", \"pattern\": {\"Regex\": \" {2,}\"}, \"content\": \" \"}]}", "null",
                    "{\"type\": \"CTC\", \"pad_token\": \"<pad>\", \"word_delimiter_token\": \"|\", \"cleanup\": true}",
                    BPE),
            file("{\"type\": \"Lowercase\"}", "{\"type\": \"WhitespaceSplit\"}",
                    "{\"type\": \"BPEDecoder\", \"suffix\": \"</w>\"}", ENDED),
            file("{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"" + map() + "\"}",
                    "{\"type\": \"Metaspace\", \"replacement\": \"\u2581\", \"prepend_scheme\": \"first\", \"split\": "
                    + "true}", "{\"type\": \"Metaspace\", \"replacement\": \"\u2581\", \"prepend_scheme\": \"first\"}",
                    UNIGRAM),
            file("{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"Nmt\"}, {\"type\": \"NFKC\"}, {\"type\": "
                    + "\"StripAccents\"}, {\"type\": \"Strip\", \"strip_left\": true, \"strip_right\": false}]}",
                    "{\"type\": \"CharDelimiterSplit\", \"delimiter\": \"|\"}", "null", UNIGRAM),
            file("{\"type\": \"BertNormalizer\", \"clean_text\": true, \"handle_chinese_chars\": true, "
                    + "\"strip_accents\": null, \"lowercase\": true}", "{\"type\": \"BertPreTokenizer\"}",
                    "{\"type\": \"WordPiece\", \"prefix\": \"##\", \"cleanup\": true}", WORDS),
            file("null", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Digits\", \"individual_digits\": "
                    + "false}, {\"type\": \"Punctuation\", \"behavior\": \"MergedWithPrevious\"}, {\"type\": "
                    + "\"Whitespace\"}]}", "null", WORDS),
            file("{\"type\": \"ByteLevel\"}", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"\\\\s\"}, "
                    + "\"behavior\": \"Contiguous\", \"invert\": false}", "{\"type\": \"ByteLevel\"}", LEVEL));

    private SmallTokenizers() {
    }

    private static String file(String normalizer, String preTokenizer, String decoder, String model) {
        return """
                {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [
                  {"id": 7, "content": "<s>", "special": true, "lstrip": false, "rstrip": true, "normalized": false,
                   "single_word": false},
                  {"id": 8, "content": "[SEP]", "special": false, "lstrip": true, "rstrip": false, "normalized": true,
                   "single_word": true}],
                 "normalizer": %s, "pre_tokenizer": %s, "decoder": %s, "model": %s,
                 "post_processor": {"type": "Sequence", "processors": [
                   {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
                   {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                     {"Sequence": {"id": "A", "type_id": 0}}], "pair": [],
                    "special_tokens": {"<s>": {"id": "<s>", "ids": [7], "tokens": ["<s>"]}}}]}}
                """.formatted(normalizer, preTokenizer, decoder, model);
    }

    /// A character map that puts `fi` in the place of the ligature, as SentencePiece would store it.
    static String map() {
        return Base64.getEncoder().encodeToString(characterMap());
    }

    /// The trie of the one string EF AC 81: each unit has a byte and, by exclusive or, leads to the next.
    static byte[] characterMap() {
        int[] units = new int[1024];
        units[0] = offset(256);
        int first = 256 ^ 0xEF;
        units[first] = offset(first ^ 512) | 0xEF;
        int second = 512 ^ 0xAC;
        units[second] = offset(second ^ 768) | 0xAC;
        int third = 768 ^ 0x81;
        units[third] = offset(third ^ 1000) | 1 << 8 | 0x81;
        units[1000] = 1 << 31;
        byte[] strings = "fi\0".getBytes(StandardCharsets.UTF_8);
        ByteBuffer map = ByteBuffer.allocate(4 + 4 * units.length + strings.length).order(ByteOrder.LITTLE_ENDIAN);
        map.putInt(4 * units.length);
        for (int unit : units) {
            map.putInt(unit);
        }
        return map.put(strings).array();
    }

    private static int offset(int offset) {
        return offset << 10;
    }
}
