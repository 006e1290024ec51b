package minarai.tokenizer;

import minarai.tokenizer.PreTokenizer.Around;
import minarai.tokenizer.PreTokenizer.Behavior;
import minarai.tokenizer.PreTokenizer.CharacterClass;

import java.util.List;

/// Reads `pre_tokenizer`.
final class PreTokenizerReader {

    private static final TextPattern WORDS_AND_SYMBOLS = TextPattern.regex("\\w+|[^\\w\\s]+");

    private PreTokenizerReader() {
    }

    static PreTokenizer read(JsonField field) {
        String type = field.at("type").text();
        return switch (type) {
            case "Sequence" -> {
                field.allowOnly("type", "pretokenizers");
                yield new PreTokenizer.Sequence(
                        field.at("pretokenizers").elements().stream().map(PreTokenizerReader::read).toList());
            }
            case "ByteLevel" -> {
                field.allowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
                yield new PreTokenizer.ByteLevel(field.at("add_prefix_space").flag(), field.flag("use_regex", true));
            }
            case "Split" -> {
                field.allowOnly("type", "pattern", "behavior", "invert");
                yield new PreTokenizer.Split(TokenizerFile.pattern(field.at("pattern")), behavior(field.at("behavior")),
                        field.flag("invert", false));
            }
            case "Digits" -> {
                field.allowOnly("type", "individual_digits");
                yield new Around(CharacterClass.NUMERIC,
                        field.at("individual_digits").flag() ? Behavior.ISOLATED : Behavior.CONTIGUOUS);
            }
            case "Punctuation" -> {
                field.allowOnly("type", "behavior");
                yield new Around(CharacterClass.PUNCTUATION,
                        field.find("behavior").map(PreTokenizerReader::behavior).orElse(Behavior.ISOLATED));
            }
            case "Metaspace" -> metaspace(field);
            case "CharDelimiterSplit" -> {
                field.allowOnly("type", "delimiter");
                yield new PreTokenizer.Split(new TextPattern.Literal(field.at("delimiter").shortText()),
                        Behavior.REMOVED, false);
            }
            default -> words(field, type);
        };
    }

    private static PreTokenizer words(JsonField field, String type) {
        PreTokenizer words = switch (type) {
            case "Whitespace" -> new PreTokenizer.Split(WORDS_AND_SYMBOLS, Behavior.REMOVED, true);
            case "WhitespaceSplit" -> new Around(CharacterClass.WHITE_SPACE, Behavior.REMOVED);
            case "BertPreTokenizer" -> PreTokenizer.BERT;
            case "UnicodeScripts" -> new PreTokenizer.Scripts();
            default -> throw field.error(("has type \"%s\", which is not supported; known are Sequence, ByteLevel, "
                    + "Split, Digits, Punctuation, Metaspace, CharDelimiterSplit, Whitespace, WhitespaceSplit,"
                    + " BertPreTokenizer, UnicodeScripts").formatted(type));
        };
        field.allowOnly("type");
        return words;
    }

    private static PreTokenizer metaspace(JsonField field) {
        field.allowOnly("type", "replacement", "str_rep", "add_prefix_space", "prepend_scheme", "split");
        String replacement = field.at("replacement").text();
        if (replacement.codePointCount(0, replacement.length()) != 1) {
            throw field.at("replacement").error("must be one character");
        }
        return new PreTokenizer.Metaspace(replacement, TokenizerFile.prependScheme(field), field.flag("split", true));
    }

    private static Behavior behavior(JsonField field) {
        return switch (field.text()) {
            case "Removed" -> Behavior.REMOVED;
            case "Isolated" -> Behavior.ISOLATED;
            case "MergedWithPrevious" -> Behavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> Behavior.MERGED_WITH_NEXT;
            case "Contiguous" -> Behavior.CONTIGUOUS;
            default -> throw field.error("is \"%s\"; known are Removed, Isolated, MergedWithPrevious, MergedWithNext, "
                    .formatted(field.text()) + "Contiguous");
        };
    }
}
