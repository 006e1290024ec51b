package minarai.tokenizer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Hugging Face's `tokenizer.json`: read into the pipeline it describes. Whatever would change the result and is not
/// known here is refused by name.
///
/// @see <a href="https://github.com/huggingface/tokenizers">tokenizers, the reference implementation</a>
public final class TokenizerFile {

    /// Each step of a part reads the text once more.
    private static final int MAX_STEPS = 256;

    private TokenizerFile() {
    }

    /// Reads a file.
    ///
    /// @throws IllegalArgumentException      if it is not a tokenizer that can be carried out exactly; the message
    ///                                       names the field
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static PipelineTokenizer read(Path file) {
        JsonField root = JsonField.read(file);
        root.allowOnly("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
                "post_processor", "decoder", "model");
        for (String setting : List.of("truncation", "padding")) {
            root.find(setting).ifPresent(found -> {
                throw found.error("is set, which would cut or fill every text; set it to null");
            });
        }
        List.of("normalizer", "pre_tokenizer", "decoder").forEach(part -> root.find(part)
                .ifPresent(TokenizerFile::checkSteps));
        Model model = ModelReader.read(root.at("model"));
        Normalizer normalizer = root.find("normalizer").map(NormalizerReader::read)
                .orElse(new Normalizer.Sequence(List.of()));
        PreTokenizer preTokenizer = root.find("pre_tokenizer").map(PreTokenizerReader::read)
                .orElse(new PreTokenizer.Sequence(List.of()));
        PostProcessor postProcessor = root.find("post_processor").map(PostProcessorReader::read)
                .orElse(PostProcessor.NONE);
        Decoder decoder = root.find("decoder").map(DecoderReader::read).orElse(new Decoder.Blanks());
        List<AddedToken> added = addedTokens(root);
        PipelineTokenizer tokenizer = assemble(() -> new PipelineTokenizer.Parts(new AddedTokens(added, normalizer),
                normalizer, preTokenizer, model, postProcessor, decoder), root.find("added_tokens").orElse(root));
        checkIds(root, tokenizer);
        return tokenizer;
    }

    private static void checkSteps(JsonField part) {
        int steps = part.node().findValues("type").size();
        if (steps > MAX_STEPS) {
            throw part.error("has %d steps; at most %d are read".formatted(steps, MAX_STEPS));
        }
    }

    /// Puts parts together after checking that the added tokens have ids of their own.
    static PipelineTokenizer assemble(Supplier<PipelineTokenizer.Parts> parts, JsonField addedTokens) {
        try {
            return new PipelineTokenizer(parts.get());
        } catch (IllegalArgumentException e) {
            throw addedTokens.error(e);
        }
    }

    /// Saves a tokenizer so that [#read(Path)] and other programs read back the same ids. The file appears whole or not
    /// at all. Tokenizers of SentencePiece models, rank files and ranked GGUF vocabularies are refused.
    ///
    /// @throws IllegalArgumentException      if the tokenizer has a part that is not written
    /// @throws java.io.UncheckedIOException if it cannot be written
    public static void write(PipelineTokenizer tokenizer, Path file) {
        TokenizerWriter.write(tokenizer, file);
    }

    /// Whether [#write] can say all that a tokenizer does.
    public static boolean isWritable(PipelineTokenizer tokenizer) {
        try {
            TokenizerWriter.json(tokenizer);
            return true;
        } catch (IllegalArgumentException unwritten) {
            return false;
        }
    }

    private static List<AddedToken> addedTokens(JsonField root) {
        List<AddedToken> tokens = new ArrayList<>();
        for (JsonField field : root.find("added_tokens").map(JsonField::elements).orElse(List.of())) {
            field.allowOnly("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            tokens.add(addedToken(field, field.at("id").id()));
        }
        return tokens;
    }

    /// The token that a field describes.
    static AddedToken addedToken(JsonField field, int id) {
        String content = field.at("content").text();
        if (content.isEmpty() || content.length() > Vocabulary.LONGEST_PIECE) {
            throw field.error("has a content of %d characters; 1 to %d are read"
                    .formatted(content.length(), Vocabulary.LONGEST_PIECE));
        }
        boolean isSpecial = field.flag("special", false);
        return new AddedToken(id, content, isSpecial, field.flag("lstrip", false), field.flag("rstrip", false),
                field.flag("normalized", !isSpecial), field.flag("single_word", false));
    }

    private static void checkIds(JsonField root, PipelineTokenizer tokenizer) {
        for (int[] ids : List.of(tokenizer.prefix(), tokenizer.suffix())) {
            for (int id : ids) {
                if (id >= tokenizer.vocabularySize()) {
                    throw root.at("post_processor").error("adds id %d; the vocabulary's ids run from 0 to %d"
                            .formatted(id, tokenizer.vocabularySize() - 1));
                }
            }
        }
    }

    /// The reader of a pattern, `{"String": …}` or `{"Regex": …}`.
    static TextPattern pattern(JsonField field) {
        field.allowOnly("String", "Regex");
        Optional<JsonField> literal = field.find("String");
        if (literal.isPresent()) {
            return new TextPattern.Literal(literal.get().shortText());
        }
        JsonField regex = field.at("Regex");
        try {
            return TextPattern.regex(regex.text());
        } catch (IllegalArgumentException e) {
            throw regex.error(e);
        }
    }

    /// The scheme by which blanks are put in front; older files say only whether.
    static PreTokenizer.PrependScheme prependScheme(JsonField field) {
        String scheme = field.text("prepend_scheme", field.flag("add_prefix_space", true) ? "always" : "never");
        return switch (scheme) {
            case "always" -> PreTokenizer.PrependScheme.ALWAYS;
            case "first" -> PreTokenizer.PrependScheme.FIRST;
            case "never" -> PreTokenizer.PrependScheme.NEVER;
            default -> throw field.error("has prepend_scheme \"%s\"; known are always, first, never"
                    .formatted(scheme));
        };
    }
}
