package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;

import java.util.List;

/// Reads `post_processor`, as far as it concerns a single text.
final class PostProcessorReader {

    private static final int MAX_ADDED = 1024;

    private PostProcessorReader() {
    }

    static PostProcessor read(JsonField field) {
        String type = field.at("type").text();
        return switch (type) {
            case "Sequence" -> {
                field.allowOnly("type", "processors");
                PostProcessor all = PostProcessor.NONE;
                for (JsonField processor : field.at("processors").elements()) {
                    all = all.then(read(processor));
                    checkAdded(field, all.prefix().length + all.suffix().length);
                }
                yield all;
            }
            case "ByteLevel" -> {
                field.allowOnly("type", "add_prefix_space", "trim_offsets", "use_regex");
                yield new PostProcessor(new int[0], new int[0], trim(field));
            }
            case "TemplateProcessing" -> template(field);
            case "BertProcessing" -> {
                field.allowOnly("type", "sep", "cls");
                yield new PostProcessor(pairId(field.at("cls")), pairId(field.at("sep")), PostProcessor.Trim.NONE);
            }
            case "RobertaProcessing" -> {
                field.allowOnly("type", "sep", "cls", "trim_offsets", "add_prefix_space");
                yield new PostProcessor(pairId(field.at("cls")), pairId(field.at("sep")), trim(field));
            }
            default -> throw field.error("has type \"%s\", which is not supported; known are Sequence, ByteLevel, "
                    .formatted(type) + "TemplateProcessing, BertProcessing, RobertaProcessing");
        };
    }

    private static void checkAdded(JsonField field, int tokens) {
        if (tokens > MAX_ADDED) {
            throw field.error("adds more than %d tokens".formatted(MAX_ADDED));
        }
    }

    private static PostProcessor.Trim trim(JsonField field) {
        if (!field.at("trim_offsets").flag()) {
            return PostProcessor.Trim.NONE;
        }
        return field.at("add_prefix_space").flag() ? PostProcessor.Trim.SPACES_AFTER_PREFIX : PostProcessor.Trim.SPACES;
    }

    /// The id of `["<s>", 1]`.
    private static int[] pairId(JsonField field) {
        List<JsonField> pair = field.elements();
        if (pair.size() != 2) {
            throw field.error("must be a token and its id");
        }
        return new int[] {pair.get(1).id()};
    }

    private static PostProcessor template(JsonField field) {
        field.allowOnly("type", "single", "pair", "special_tokens");
        List<JsonField> items = field.at("single").elements();
        if (items.size() > MAX_ADDED) {
            throw field.at("single").error("has %d items; at most %d are read".formatted(items.size(), MAX_ADDED));
        }
        IntArrayList prefix = new IntArrayList();
        IntArrayList suffix = new IntArrayList();
        boolean hasText = false;
        for (JsonField item : items) {
            item.allowOnly("SpecialToken", "Sequence");
            if (item.find("Sequence").isPresent()) {
                if (hasText || !item.at("Sequence").at("id").text().equals("A")) {
                    throw item.error("must be the sequence A, once");
                }
                hasText = true;
            } else {
                JsonField name = item.at("SpecialToken").at("id");
                for (JsonField id : field.at("special_tokens").at(name.text()).at("ids").elements()) {
                    (hasText ? suffix : prefix).add(id.id());
                    checkAdded(field, prefix.size() + suffix.size());
                }
            }
        }
        if (!hasText) {
            throw field.at("single").error("has no sequence A, so the text would vanish");
        }
        return new PostProcessor(prefix.toIntArray(), suffix.toIntArray(), PostProcessor.Trim.NONE);
    }
}
