package minarai.tokenizer;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Byte-level BPE in two files, a vocabulary and a list of merges; how text is cut first, the files do not say, so it
/// follows from the class named in `tokenizer_config.json`.
final class VocabularyAndMerges {

    private static final String END_OF_TEXT = "<|endoftext|>";

    /// Qwen 2's, as `transformers` has it in `tokenization_qwen2.py`.
    private static final TextPattern QWEN2_PATTERN = new TextPattern.Scanned(WordScanner.ONE_DIGIT);

    private static final int MAX_FILE_BYTES = 64 << 20;

    private VocabularyAndMerges() {
    }

    /// A folder with OpenAI's `encoder.json` and `vocab.bpe`.
    static PipelineTokenizer ofGpt2(Path folder) {
        JsonField vocabulary = JsonField.read(folder.resolve("encoder.json"));
        BytePair model = model(vocabulary, folder.resolve("vocab.bpe"));
        List<AddedToken> added = model.vocabulary().idOf(END_OF_TEXT).stream()
                .mapToObj(id -> AddedToken.special(id, END_OF_TEXT)).toList();
        return assemble(vocabulary, model, added, new Normalizer.Sequence(List.of()),
                new PreTokenizer.ByteLevel(false, true), PostProcessor.NONE);
    }

    /// A folder with `vocab.json`, `merges.txt` and `tokenizer_config.json`.
    static PipelineTokenizer ofTransformers(Path folder) {
        JsonField config = JsonField.read(folder.resolve("tokenizer_config.json"));
        BytePair model = model(JsonField.read(folder.resolve("vocab.json")), folder.resolve("merges.txt"));
        boolean addsPrefixSpace = config.flag("add_prefix_space", false);
        List<AddedToken> added = addedTokens(config);
        JsonField kind = config.at("tokenizer_class");
        return switch (kind.text()) {
            case "Qwen2Tokenizer", "Qwen2TokenizerFast" -> assemble(config, model, added,
                    new Normalizer.Unicode(Form.NFC), new PreTokenizer.Sequence(List.of(
                            new PreTokenizer.Split(QWEN2_PATTERN, PreTokenizer.Behavior.ISOLATED, false),
                            new PreTokenizer.ByteLevel(addsPrefixSpace, false))), PostProcessor.NONE);
            case "GPT2Tokenizer", "GPT2TokenizerFast" -> assemble(config, model, added,
                    new Normalizer.Sequence(List.of()), new PreTokenizer.ByteLevel(addsPrefixSpace, true),
                    beginning(config, model));
            default -> throw kind.error("is \"%s\"; without a tokenizer.json only Qwen2Tokenizer and GPT2Tokenizer are "
                    .formatted(kind.text()) + "known. Save the model again with its tokenizer.json");
        };
    }

    private static PostProcessor beginning(JsonField config, BytePair model) {
        if (!config.flag("add_bos_token", false)) {
            return PostProcessor.NONE;
        }
        JsonField token = config.at("bos_token");
        String content = token.isObject() ? token.at("content").text() : token.text();
        int id = model.vocabulary().idOf(content)
                .orElseThrow(() -> token.error("is \"" + content + "\", which is not in the vocabulary"));
        return new PostProcessor(new int[] {id}, new int[0], PostProcessor.Trim.NONE);
    }

    private static PipelineTokenizer assemble(JsonField source, BytePair model, List<AddedToken> added,
                                              Normalizer normalizer, PreTokenizer preTokenizer, PostProcessor post) {
        return TokenizerFile.assemble(() -> new PipelineTokenizer.Parts(new AddedTokens(added, normalizer), normalizer,
                preTokenizer, model, post, new Decoder.ByteLevel()), source);
    }

    /// The tokens that `added_tokens_decoder` of a tokenizer_config.json lists.
    static List<AddedToken> addedTokens(JsonField config) {
        List<AddedToken> tokens = new ArrayList<>();
        for (JsonField all : config.find("added_tokens_decoder").stream().toList()) {
            for (Map.Entry<String, ?> member : all.members()) {
                if (!member.getKey().matches("\\d{1,8}")) {
                    throw all.error("has the key \"%s\", which is no id".formatted(member.getKey()));
                }
                tokens.add(TokenizerFile.addedToken(all.at(member.getKey()), Integer.parseInt(member.getKey())));
            }
        }
        return tokens;
    }

    private static BytePair model(JsonField vocabulary, Path mergesFile) {
        List<BytePair.Merge> merges = new ArrayList<>();
        List<String> lines = lines(mergesFile);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            boolean isHeader = i == 0 && line.startsWith("#version");
            if (isHeader || line.isEmpty()) {
                continue;
            }
            int blank = line.indexOf(' ');
            if (blank <= 0 || blank != line.lastIndexOf(' ') || blank == line.length() - 1) {
                throw new IllegalArgumentException("%s: line %d is \"%s\" but must be two pieces with one blank between"
                        .formatted(mergesFile, i + 1, line));
            }
            merges.add(new BytePair.Merge(line.substring(0, blank), line.substring(blank + 1)));
        }
        try {
            return new BytePair(ModelReader.vocabulary(vocabulary), merges, BytePair.Options.PLAIN);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(mergesFile + ": " + e.getMessage(), e);
        }
    }

    private static List<String> lines(Path file) {
        try {
            if (Files.size(file) > MAX_FILE_BYTES) {
                throw new IllegalArgumentException("%s is %d bytes long; at most %d are read"
                        .formatted(file, Files.size(file), MAX_FILE_BYTES));
            }
            return Files.readAllLines(file);
        } catch (MalformedInputException e) {
            throw new IllegalArgumentException(file + " is not UTF-8", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }
}
