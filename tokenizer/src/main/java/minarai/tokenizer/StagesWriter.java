package minarai.tokenizer;

import minarai.tokenizer.PreTokenizer.Around;
import minarai.tokenizer.PreTokenizer.Behavior;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import java.util.Base64;
import java.util.Locale;

/// Writes normalizers, pre-tokenizers and decoders as tokenizer.json has them.
final class StagesWriter {

    private StagesWriter() {
    }

    private static ObjectNode type(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }

    static ObjectNode byteLevel(boolean addsPrefixSpace, boolean usesRegex) {
        return type("ByteLevel").put("add_prefix_space", addsPrefixSpace).put("trim_offsets", false)
                .put("use_regex", usesRegex);
    }

    static ObjectNode normalizer(Normalizer normalizer) {
        return switch (normalizer) {
            case Normalizer.Sequence sequence -> {
                ObjectNode node = type("Sequence");
                var steps = node.putArray("normalizers");
                sequence.steps().forEach(step -> steps.add(normalizer(step)));
                yield node;
            }
            case Normalizer.Unicode unicode -> type(unicode.form().name());
            case Normalizer.Lowercase() -> type("Lowercase");
            case Normalizer.StripAccents() -> type("StripAccents");
            case Normalizer.Strip(boolean left, boolean right) ->
                    type("Strip").put("strip_left", left).put("strip_right", right);
            case Normalizer.Replace(TextPattern pattern, String content) -> replace(pattern, content);
            case Normalizer.Prepend(String prefix) -> type("Prepend").put("prepend", prefix);
            case Normalizer.Nmt() -> type("Nmt");
            case Normalizer.Bert bert -> type("BertNormalizer").put("clean_text", bert.cleansText())
                    .put("handle_chinese_chars", bert.spacesChinese()).put("strip_accents", bert.stripsAccents())
                    .put("lowercase", bert.lowercases());
            case Normalizer.Bytes() -> type("ByteLevel");
            case Normalizer.Precompiled(CharacterMap map) -> type("Precompiled").put("precompiled_charsmap",
                    Base64.getEncoder().encodeToString(map.toBytes()));
            case SentencePieceNormalizer other -> throw new IllegalArgumentException("a tokenizer with SentencePiece's "
                    + "normalization is not written as tokenizer.json; keep its own file");
        };
    }

    private static ObjectNode replace(TextPattern pattern, String content) {
        ObjectNode node = type("Replace");
        node.set("pattern", pattern(pattern));
        return node.put("content", content);
    }

    private static ObjectNode pattern(TextPattern pattern) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        return switch (pattern) {
            case TextPattern.Literal literal -> node.put("String", literal.text());
            case TextPattern.Regex regex -> node.put("Regex", regex.expression());
            case TextPattern.Scanned scanned -> node.put("Regex", scanned.scanner().expression());
        };
    }

    static ObjectNode preTokenizer(PreTokenizer preTokenizer) {
        return switch (preTokenizer) {
            case PreTokenizer.ByteLevel bytes -> byteLevel(bytes.addsPrefixSpace(), bytes.usesRegex());
            case PreTokenizer.Sequence sequence -> {
                ObjectNode node = type("Sequence");
                var steps = node.putArray("pretokenizers");
                sequence.steps().forEach(step -> steps.add(preTokenizer(step)));
                yield node;
            }
            case PreTokenizer.Split split -> {
                ObjectNode node = type("Split");
                node.set("pattern", pattern(split.pattern()));
                yield node.put("behavior", name(split.behavior())).put("invert", split.isInverted());
            }
            case Around around -> around(around);
            case PreTokenizer.Scripts() -> type("UnicodeScripts");
            case PreTokenizer.Metaspace space -> metaspace(space.replacement(), space.scheme())
                    .put("split", space.splits());
        };
    }

    private static ObjectNode around(Around around) {
        return switch (around.characters()) {
            case NUMERIC -> type("Digits").put("individual_digits", around.behavior() == Behavior.ISOLATED);
            case PUNCTUATION -> type("Punctuation").put("behavior", name(around.behavior()));
            case WHITE_SPACE -> type("WhitespaceSplit");
        };
    }

    private static ObjectNode metaspace(String replacement, PreTokenizer.PrependScheme scheme) {
        return type("Metaspace").put("replacement", replacement)
                .put("prepend_scheme", scheme.name().toLowerCase(Locale.ROOT));
    }

    private static String name(Behavior behavior) {
        return switch (behavior) {
            case REMOVED -> "Removed";
            case ISOLATED -> "Isolated";
            case MERGED_WITH_PREVIOUS -> "MergedWithPrevious";
            case MERGED_WITH_NEXT -> "MergedWithNext";
            case CONTIGUOUS -> "Contiguous";
        };
    }

    static ObjectNode decoder(Decoder decoder) {
        return switch (decoder) {
            case Decoder.Sequence sequence -> {
                ObjectNode node = type("Sequence");
                var steps = node.putArray("decoders");
                sequence.steps().forEach(step -> steps.add(decoder(step)));
                yield node;
            }
            case Decoder.ByteLevel() -> byteLevel(true, true);
            case Decoder.ByteFallback() -> type("ByteFallback");
            case Decoder.Fuse() -> type("Fuse");
            case Decoder.Strip strip -> type("Strip").put("content", String.valueOf(strip.content()))
                    .put("start", strip.start()).put("stop", strip.stop());
            case Decoder.Replace(TextPattern pattern, String content) -> replace(pattern, content);
            case Decoder.Metaspace space -> metaspace(space.replacement(), space.scheme()).put("split", true);
            case Decoder.WordPiece(String prefix, boolean cleansUp) ->
                    type("WordPiece").put("prefix", prefix).put("cleanup", cleansUp);
            case Decoder.WordSuffix(String suffix) -> type("BPEDecoder").put("suffix", suffix);
            case Decoder.Ctc(String padding, String delimiter, boolean cleansUp) -> type("CTC").put("pad_token",
                    padding)
                    .put("word_delimiter_token", delimiter).put("cleanup", cleansUp);
            case Decoder.Blanks() -> throw new IllegalArgumentException(
                    "a decoder that puts blanks between pieces is only written as no decoder at all");
            case Decoder.SentencePiece other -> throw new IllegalArgumentException(
                    "a tokenizer with SentencePiece's decoder is not written as tokenizer.json; keep its own file");
        };
    }
}
