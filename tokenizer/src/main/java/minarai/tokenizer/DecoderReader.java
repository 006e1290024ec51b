package minarai.tokenizer;

/// Reads `decoder`.
final class DecoderReader {

    private DecoderReader() {
    }

    static Decoder read(JsonField field) {
        String type = field.at("type").text();
        return switch (type) {
            case "Sequence" -> {
                field.allowOnly("type", "decoders");
                yield new Decoder.Sequence(field.at("decoders").elements().stream().map(DecoderReader::read).toList());
            }
            case "ByteLevel" -> {
                field.allowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
                yield new Decoder.ByteLevel();
            }
            case "ByteFallback" -> {
                field.allowOnly("type");
                yield new Decoder.ByteFallback();
            }
            case "Fuse" -> {
                field.allowOnly("type");
                yield new Decoder.Fuse();
            }
            case "Strip" -> strip(field);
            case "Replace" -> {
                field.allowOnly("type", "pattern", "content");
                yield new Decoder.Replace(TokenizerFile.pattern(field.at("pattern")), field.at("content").shortText());
            }
            case "Metaspace" -> {
                field.allowOnly("type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split");
                yield new Decoder.Metaspace(field.at("replacement").shortText(), TokenizerFile.prependScheme(field));
            }
            case "WordPiece" -> {
                field.allowOnly("type", "prefix", "cleanup");
                yield new Decoder.WordPiece(field.at("prefix").shortText(), field.at("cleanup").flag());
            }
            case "BPEDecoder" -> {
                field.allowOnly("type", "suffix");
                yield new Decoder.WordSuffix(field.shortText("suffix", "</w>"));
            }
            case "CTC" -> {
                field.allowOnly("type", "pad_token", "word_delimiter_token", "cleanup");
                yield new Decoder.Ctc(field.shortText("pad_token", "<pad>"),
                        field.shortText("word_delimiter_token", "|"), field.flag("cleanup", true));
            }
            default -> throw field.error(("has type \"%s\", which is not supported; known are Sequence, ByteLevel, "
                    + "ByteFallback, Fuse, Strip, Replace, Metaspace, WordPiece, BPEDecoder, CTC").formatted(type));
        };
    }

    private static Decoder strip(JsonField field) {
        field.allowOnly("type", "content", "start", "stop");
        String content = field.at("content").text();
        if (content.length() != 1) {
            throw field.at("content").error("must be one character");
        }
        return new Decoder.Strip(content.charAt(0), field.at("start").integer(0, 1 << 20),
                field.at("stop").integer(0, 1 << 20));
    }
}
