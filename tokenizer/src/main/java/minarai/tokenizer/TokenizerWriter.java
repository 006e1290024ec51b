package minarai.tokenizer;

import minarai.tokenizer.PreTokenizer.Around;
import minarai.tokenizer.PreTokenizer.Behavior;
import minarai.tokenizer.PreTokenizer.CharacterClass;

import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// Writes byte-level BPE tokenizers as tokenizer.json.
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

    private static ObjectNode json(PipelineTokenizer tokenizer) {
        PipelineTokenizer.Parts parts = tokenizer.parts();
        if (!(parts.model() instanceof BytePair model) || !(parts.decoder() instanceof Decoder.ByteLevel)) {
            throw new IllegalArgumentException("only byte-level BPE tokenizers are written, not %s with %s"
                    .formatted(parts.model().getClass().getSimpleName(), parts.decoder()));
        }
        ObjectNode root = object();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        var added = root.putArray("added_tokens");
        parts.addedTokens().all().forEach(token -> added.addObject().put("id", token.id())
                .put("content", token.content()).put("single_word", token.isWord()).put("lstrip", token.takesLeft())
                .put("rstrip", token.takesRight()).put("normalized", token.isNormalized())
                .put("special", token.isSpecial()));
        putNormalizer(root, parts.normalizer());
        root.set("pre_tokenizer", preTokenizer(parts.preTokenizer()));
        putPostProcessor(root, tokenizer);
        root.set("decoder", byteLevel(true, true));
        root.set("model", model(model));
        return root;
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    private static ObjectNode byteLevel(boolean addsPrefixSpace, boolean usesRegex) {
        return object().put("type", "ByteLevel").put("add_prefix_space", addsPrefixSpace).put("trim_offsets", false)
                .put("use_regex", usesRegex);
    }

    private static void putNormalizer(ObjectNode root, Normalizer normalizer) {
        switch (normalizer) {
            case Normalizer.Sequence sequence when sequence.steps().isEmpty() -> root.putNull("normalizer");
            case Normalizer.Unicode unicode -> root.putObject("normalizer").put("type", unicode.form().name());
            case Normalizer other -> throw unwritten("normalizer", other);
        }
    }

    private static ObjectNode preTokenizer(PreTokenizer preTokenizer) {
        return switch (preTokenizer) {
            case PreTokenizer.ByteLevel bytes -> byteLevel(bytes.addsPrefixSpace(), bytes.usesRegex());
            case PreTokenizer.Sequence sequence -> {
                ObjectNode node = object().put("type", "Sequence");
                var steps = node.putArray("pretokenizers");
                sequence.steps().forEach(step -> steps.add(preTokenizer(step)));
                yield node;
            }
            case PreTokenizer.Split split -> {
                ObjectNode node = object().put("type", "Split");
                ObjectNode pattern = node.putObject("pattern");
                switch (split.pattern()) {
                    case TextPattern.Literal literal -> pattern.put("String", literal.text());
                    case TextPattern.Regex regex -> pattern.put("Regex", regex.expression());
                    case TextPattern.Scanned scanned -> pattern.put("Regex", scanned.scanner().expression());
                }
                yield node.put("behavior", name(split.behavior())).put("invert", split.isInverted());
            }
            case Around around when around.characters() == CharacterClass.NUMERIC -> object().put("type", "Digits")
                    .put("individual_digits", around.behavior() == Behavior.ISOLATED);
            case Around around when around.characters() == CharacterClass.PUNCTUATION ->
                    object().put("type", "Punctuation").put("behavior", name(around.behavior()));
            case Around other -> throw unwritten("pre-tokenizer", other);
            case PreTokenizer.Metaspace other -> throw unwritten("pre-tokenizer", other);
        };
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

    private static void putPostProcessor(ObjectNode root, PipelineTokenizer tokenizer) {
        PostProcessor processor = tokenizer.parts().postProcessor();
        if (processor.trim() != PostProcessor.Trim.NONE) {
            throw unwritten("post-processor that trims offsets", processor.trim());
        }
        if (processor.prefix().length + processor.suffix().length == 0) {
            root.putNull("post_processor");
            return;
        }
        ObjectNode node = root.putObject("post_processor").put("type", "TemplateProcessing");
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
    }

    private static ObjectNode specialToken(String piece, int id, ObjectNode special) {
        ObjectNode entry = special.putObject(piece).put("id", piece);
        entry.putArray("ids").add(id);
        entry.putArray("tokens").add(piece);
        ObjectNode item = object();
        item.putObject("SpecialToken").put("id", piece).put("type_id", 0);
        return item;
    }

    private static ObjectNode model(BytePair model) {
        BytePair.Options options = model.options();
        ObjectNode node = object().put("type", "BPE").putNull("dropout");
        options.unknownToken().ifPresentOrElse(token -> node.put("unk_token", token), () -> node.putNull("unk_token"));
        node.put("continuing_subword_prefix", options.wordPrefix()).put("end_of_word_suffix", options.wordSuffix())
                .put("fuse_unk", options.fusesUnknown()).put("byte_fallback", options.hasByteFallback())
                .put("ignore_merges", options.ignoresMerges());
        ObjectNode vocabulary = node.putObject("vocab");
        for (int id = 0; id < model.vocabulary().size(); id++) {
            if (model.vocabulary().hasPiece(id)) {
                vocabulary.put(model.vocabulary().piece(id), id);
            }
        }
        var merges = node.putArray("merges");
        model.merges().forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
        return node;
    }

    private static IllegalArgumentException unwritten(String what, Object part) {
        return new IllegalArgumentException("a tokenizer with the %s %s cannot be written".formatted(what, part));
    }
}
