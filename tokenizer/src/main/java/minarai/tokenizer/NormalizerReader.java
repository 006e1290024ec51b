package minarai.tokenizer;

import java.nio.ByteBuffer;
import java.text.Normalizer.Form;
import java.util.Base64;

/// Reads `normalizer`.
final class NormalizerReader {

    private NormalizerReader() {
    }

    static Normalizer read(JsonField field) {
        String type = field.at("type").text();
        return switch (type) {
            case "Sequence" -> {
                field.allowOnly("type", "normalizers");
                yield new Normalizer.Sequence(
                        field.at("normalizers").elements().stream().map(NormalizerReader::read).toList());
            }
            case "NFC", "NFD", "NFKC", "NFKD" -> {
                field.allowOnly("type");
                yield new Normalizer.Unicode(Form.valueOf(type));
            }
            case "Lowercase" -> {
                field.allowOnly("type");
                yield new Normalizer.Lowercase();
            }
            case "StripAccents" -> {
                field.allowOnly("type");
                yield new Normalizer.StripAccents();
            }
            case "Nmt" -> {
                field.allowOnly("type");
                yield new Normalizer.Nmt();
            }
            case "Strip" -> {
                field.allowOnly("type", "strip_left", "strip_right");
                yield new Normalizer.Strip(field.flag("strip_left", true), field.flag("strip_right", true));
            }
            case "Replace" -> {
                field.allowOnly("type", "pattern", "content");
                yield new Normalizer.Replace(TokenizerFile.pattern(field.at("pattern")),
                        field.at("content").shortText());
            }
            case "Prepend" -> {
                field.allowOnly("type", "prepend");
                yield new Normalizer.Prepend(field.at("prepend").shortText());
            }
            case "BertNormalizer" -> bert(field);
            case "ByteLevel" -> {
                field.allowOnly("type");
                yield new Normalizer.Bytes();
            }
            case "Precompiled" -> {
                field.allowOnly("type", "precompiled_charsmap");
                yield precompiled(field.at("precompiled_charsmap"));
            }
            default -> throw field.error("has type \"%s\", which is not supported; known are Sequence, NFC, NFD, NFKC, "
                    .formatted(type) + "NFKD, Lowercase, StripAccents, Nmt, Strip, Replace, Prepend, BertNormalizer, "
                    + "ByteLevel, Precompiled");
        };
    }

    private static Normalizer precompiled(JsonField field) {
        try {
            return new Normalizer.Precompiled(CharacterMap.of(ByteBuffer.wrap(
                    Base64.getDecoder().decode(field.text()))));
        } catch (IllegalArgumentException e) {
            throw field.error(e);
        }
    }

    private static Normalizer bert(JsonField field) {
        field.allowOnly("type", "clean_text", "handle_chinese_chars", "strip_accents", "lowercase");
        boolean lowercases = field.flag("lowercase", true);
        return new Normalizer.Bert(field.flag("clean_text", true), field.flag("handle_chinese_chars", true),
                field.flag("strip_accents", lowercases), lowercases);
    }
}
