package minarai.tokenizer;

import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;

import java.util.ArrayList;
import java.util.List;

/// Reads `model`.
final class ModelReader {

    private ModelReader() {
    }

    static Model read(JsonField field) {
        String type = field.find("type").map(JsonField::text).orElseGet(() -> guess(field));
        try {
            return switch (type) {
                case "BPE" -> bytePair(field);
                case "Unigram" -> unigram(field);
                case "WordPiece" -> wordPiece(field);
                case "WordLevel" -> {
                    field.allowOnly("type", "vocab", "unk_token");
                    Vocabulary vocabulary = vocabulary(field.at("vocab"));
                    yield new WordLevel(vocabulary, unknown(field, vocabulary));
                }
                default -> throw new IllegalArgumentException(
                        "type \"%s\" is not supported; known are BPE, Unigram, WordPiece, WordLevel".formatted(type));
            };
        } catch (IllegalArgumentException e) {
            throw String.valueOf(e.getMessage()).startsWith(field.file()) ? e : field.error(e);
        }
    }

    /// Files of before 2023 leave the type out; the other members tell.
    private static String guess(JsonField field) {
        if (field.find("merges").isPresent()) {
            return "BPE";
        }
        if (field.at("vocab").isArray()) {
            return "Unigram";
        }
        return field.find("continuing_subword_prefix").isPresent() ? "WordPiece" : "WordLevel";
    }

    private static Model bytePair(JsonField field) {
        field.allowOnly("type", "vocab", "merges", "dropout", "unk_token", "continuing_subword_prefix",
                "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges");
        field.find("dropout").filter(dropout -> dropout.number() != 0).ifPresent(dropout -> {
            throw dropout.error("is set, which would make encoding random; set it to null");
        });
        var options = new BytePair.Options(field.find("unk_token").map(JsonField::text),
                field.shortText("continuing_subword_prefix", ""), field.shortText("end_of_word_suffix", ""),
                field.flag("fuse_unk", false), field.flag("byte_fallback", false), field.flag("ignore_merges", false));
        List<BytePair.Merge> merges = new ArrayList<>();
        for (JsonField merge : field.at("merges").elements()) {
            merges.add(merge(merge));
        }
        return new BytePair(vocabulary(field.at("vocab")), merges, options);
    }

    private static BytePair.Merge merge(JsonField field) {
        if (field.isString()) {
            String text = field.text();
            int blank = text.indexOf(' ');
            if (blank < 0 || blank != text.lastIndexOf(' ')) {
                throw field.error("is \"%s\" but must be two pieces with one blank between".formatted(text));
            }
            return new BytePair.Merge(text.substring(0, blank), text.substring(blank + 1));
        }
        List<JsonField> pair = field.elements();
        if (pair.size() != 2) {
            throw field.error("has %d pieces but must have two".formatted(pair.size()));
        }
        return new BytePair.Merge(pair.get(0).text(), pair.get(1).text());
    }

    private static Model unigram(JsonField field) {
        field.allowOnly("type", "vocab", "unk_id", "byte_fallback");
        List<JsonField> entries = field.at("vocab").elements();
        var ids = new Object2IntOpenHashMap<String>(entries.size());
        double[] scores = new double[entries.size()];
        for (int id = 0; id < scores.length; id++) {
            List<JsonField> entry = entries.get(id).elements();
            if (entry.size() != 2) {
                throw entries.get(id).error("must be a piece and its score");
            }
            if (ids.containsKey(entry.get(0).text())) {
                throw entries.get(id).error("has the piece \"%s\" a second time".formatted(entry.get(0).text()));
            }
            ids.put(entry.get(0).text(), id);
            scores[id] = entry.get(1).number();
        }
        int unknown = field.at("unk_id").integer(0, scores.length - 1);
        return new Unigram(new Vocabulary(ids), scores, unknown, field.flag("byte_fallback", false));
    }

    private static Model wordPiece(JsonField field) {
        field.allowOnly("type", "vocab", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word");
        Vocabulary vocabulary = vocabulary(field.at("vocab"));
        int longest = field.find("max_input_chars_per_word")
                .map(limit -> limit.integer(0, Vocabulary.LONGEST_PIECE)).orElse(100);
        return new WordPiece(vocabulary, unknown(field, vocabulary), field.shortText("continuing_subword_prefix", "##"),
                longest);
    }

    private static int unknown(JsonField field, Vocabulary vocabulary) {
        String token = field.at("unk_token").text();
        return vocabulary.idOf(token).orElseThrow(() -> field.at("unk_token").error(
                "is \"%s\", which is not in the vocabulary".formatted(token)));
    }

    /// Reads pieces and ids.
    static Vocabulary vocabulary(JsonField field) {
        var ids = new Object2IntOpenHashMap<String>(field.members().size());
        for (var member : field.members()) {
            ids.put(member.getKey(), new JsonField(field.file(), field.path() + "." + member.getKey(),
                    member.getValue()).id());
        }
        try {
            return new Vocabulary(ids);
        } catch (IllegalArgumentException e) {
            throw field.error(e);
        }
    }
}
