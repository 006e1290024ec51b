package minarai.tokenizer;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Writes tokenizers as tokenizer.json.
final class TokenizerWriter {

    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private TokenizerWriter() {
    }

    static void write(PipelineTokenizer tokenizer, Path file) {
        byte[] bytes = MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(json(tokenizer));
        Path target = file.toAbsolutePath();
        try {
            Path beside = Files.createTempFile(target.getParent(), target.getFileName().toString(), ".part");
            try {
                Files.write(beside, bytes);
                Files.move(beside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    static ObjectNode json(PipelineTokenizer tokenizer) {
        PipelineTokenizer.Parts parts = tokenizer.parts();
        ObjectNode root = object();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        var added = root.putArray("added_tokens");
        parts.addedTokens().all().forEach(token -> added.addObject().put("id", token.id())
                .put("content", token.content()).put("single_word", token.isWord()).put("lstrip", token.takesLeft())
                .put("rstrip", token.takesRight()).put("normalized", token.isNormalized())
                .put("special", token.isSpecial()));
        boolean hasNormalizer = !(parts.normalizer() instanceof Normalizer.Sequence all) || !all.steps().isEmpty();
        root.set("normalizer", hasNormalizer ? StagesWriter.normalizer(parts.normalizer()) : nothing());
        boolean hasPreTokenizer = !(parts.preTokenizer() instanceof PreTokenizer.Sequence all)
                || !all.steps().isEmpty();
        root.set("pre_tokenizer", hasPreTokenizer ? StagesWriter.preTokenizer(parts.preTokenizer()) : nothing());
        putPostProcessor(root, tokenizer);
        boolean hasDecoder = !(parts.decoder() instanceof Decoder.Blanks);
        root.set("decoder", hasDecoder ? StagesWriter.decoder(parts.decoder()) : nothing());
        root.set("model", model(parts.model()));
        return root;
    }

    private static JsonNode nothing() {
        return JsonNodeFactory.instance.nullNode();
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /// A template for what is put around a text, a byte-level post-processor for what is trimmed off offsets.
    private static void putPostProcessor(ObjectNode root, PipelineTokenizer tokenizer) {
        PostProcessor processor = tokenizer.parts().postProcessor();
        boolean isTrimmed = processor.trim() != PostProcessor.Trim.NONE;
        boolean isAround = processor.prefix().length + processor.suffix().length > 0;
        if (!isTrimmed && !isAround) {
            root.putNull("post_processor");
        } else if (!isTrimmed) {
            root.set("post_processor", template(tokenizer));
        } else {
            ObjectNode bytes = StagesWriter.byteLevel(processor.trim() == PostProcessor.Trim.SPACES_AFTER_PREFIX, true)
                    .put("trim_offsets", true);
            if (!isAround) {
                root.set("post_processor", bytes);
                return;
            }
            var processors = root.putObject("post_processor").put("type", "Sequence").putArray("processors");
            processors.add(bytes).add(template(tokenizer));
        }
    }

    private static ObjectNode template(PipelineTokenizer tokenizer) {
        PostProcessor processor = tokenizer.parts().postProcessor();
        ObjectNode node = object().put("type", "TemplateProcessing");
        ObjectNode special = object();
        var single = node.putArray("single");
        var pair = node.putArray("pair");
        for (int id : processor.prefix()) {
            single.add(specialToken(tokenizer.piece(id), id, special));
            pair.add(specialToken(tokenizer.piece(id), id, special));
        }
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        pair.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
        for (int id : processor.suffix()) {
            single.add(specialToken(tokenizer.piece(id), id, special));
            pair.add(specialToken(tokenizer.piece(id), id, special));
        }
        node.set("special_tokens", special);
        return node;
    }

    private static ObjectNode specialToken(String piece, int id, ObjectNode special) {
        ObjectNode entry = special.putObject(piece).put("id", piece);
        entry.putArray("ids").add(id);
        entry.putArray("tokens").add(piece);
        ObjectNode item = object();
        item.putObject("SpecialToken").put("id", piece).put("type_id", 0);
        return item;
    }

    private static ObjectNode model(Model model) {
        return switch (model) {
            case BytePair pairs -> bytePair(pairs);
            case Unigram unigram -> unigram(unigram);
            case WordPiece words -> {
                ObjectNode node = object().put("type", "WordPiece").put("unk_token",
                        words.vocabulary().piece(words.unknown())).put("continuing_subword_prefix",
                        words.continuingPrefix()).put("max_input_chars_per_word", words.maxCharactersInWord());
                yield withVocabulary(node, words);
            }
            case WordLevel words -> withVocabulary(object().put("type", "WordLevel").put("unk_token",
                    words.vocabulary().piece(words.unknown())), words);
            case SentencePieceUnigram other -> throw unwritten(other);
            case SentencePieceUnknowns other -> throw unwritten(other);
        };
    }

    private static ObjectNode bytePair(BytePair model) {
        if (!model.isListed()) {
            throw new IllegalArgumentException("a tokenizer whose pieces are ranked instead of its merges listed is "
                    + "not written as tokenizer.json, which cannot say so; keep its own file");
        }
        BytePair.Options options = model.options();
        ObjectNode node = object().put("type", "BPE").putNull("dropout");
        options.unknownToken().ifPresentOrElse(token -> node.put("unk_token", token), () -> node.putNull("unk_token"));
        node.put("continuing_subword_prefix", options.wordPrefix()).put("end_of_word_suffix", options.wordSuffix())
                .put("fuse_unk", options.fusesUnknown()).put("byte_fallback", options.hasByteFallback())
                .put("ignore_merges", options.ignoresMerges());
        withVocabulary(node, model);
        var merges = node.putArray("merges");
        model.merges().forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
        return node;
    }

    private static ObjectNode unigram(Unigram model) {
        ObjectNode node = object().put("type", "Unigram").put("unk_id", model.unknown())
                .put("byte_fallback", model.hasByteFallback());
        var vocabulary = node.putArray("vocab");
        for (int id = 0; id < model.vocabulary().size(); id++) {
            vocabulary.addArray().add(model.vocabulary().piece(id)).add(model.score(id));
        }
        return node;
    }

    private static ObjectNode withVocabulary(ObjectNode node, Model model) {
        ObjectNode vocabulary = node.putObject("vocab");
        for (int id = 0; id < model.vocabulary().size(); id++) {
            if (model.vocabulary().hasPiece(id)) {
                vocabulary.put(model.vocabulary().piece(id), id);
            }
        }
        return node;
    }

    private static IllegalArgumentException unwritten(Model model) {
        return new IllegalArgumentException(("a tokenizer of SentencePiece's kind (%s) is not written as "
                + "tokenizer.json, ")
                .formatted(model.getClass().getSimpleName()) + "which would not give the same ids; keep its own file");
    }
}
