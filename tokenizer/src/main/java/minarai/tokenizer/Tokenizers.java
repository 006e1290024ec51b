package minarai.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;

/// Finds the tokenizer of a model folder.
public final class Tokenizers {

    private Tokenizers() {
    }

    /// The tokenizer in a file (`tokenizer.json`, SentencePiece's `.model`, tiktoken's `.tiktoken`), or in a folder:
    /// `tokenizer.json`, else `vocab.json` with `merges.txt` and `tokenizer_config.json`, else GPT-2's own
    /// `encoder.json` with `vocab.bpe`, else `tokenizer.model`, with the tokens that a `tokenizer_config.json` adds.
    ///
    /// @throws IllegalArgumentException      if nothing is found, or what is found cannot be carried out exactly
    /// @throws java.io.UncheckedIOException if a file cannot be read
    public static PipelineTokenizer of(Path fileOrFolder) {
        if (!Files.exists(fileOrFolder)) {
            throw new IllegalArgumentException("there is no tokenizer at %s: no such file or folder"
                    .formatted(fileOrFolder));
        }
        if (!Files.isDirectory(fileOrFolder)) {
            return ofFile(fileOrFolder);
        }
        if (has(fileOrFolder, "tokenizer.json")) {
            return TokenizerFile.read(fileOrFolder.resolve("tokenizer.json"));
        }
        if (has(fileOrFolder, "vocab.json", "merges.txt", "tokenizer_config.json")) {
            return VocabularyAndMerges.ofTransformers(fileOrFolder);
        }
        if (has(fileOrFolder, "encoder.json", "vocab.bpe")) {
            return VocabularyAndMerges.ofGpt2(fileOrFolder);
        }
        if (has(fileOrFolder, "tokenizer.model")) {
            return SentencePieceFile.readFolder(fileOrFolder);
        }
        throw new IllegalArgumentException(("there is no tokenizer in the folder %s: looked for tokenizer.json; for "
                + "vocab.json, merges.txt and tokenizer_config.json; for encoder.json and vocab.bpe; for "
                + "tokenizer.model")
                .formatted(fileOrFolder));
    }

    private static PipelineTokenizer ofFile(Path file) {
        String name = file.getFileName().toString();
        if (name.endsWith(".model")) {
            return SentencePieceFile.read(file);
        }
        if (name.endsWith(".tiktoken")) {
            return TiktokenFile.read(file);
        }
        return TokenizerFile.read(file);
    }

    private static boolean has(Path folder, String... names) {
        for (String name : names) {
            if (!Files.isRegularFile(folder.resolve(name))) {
                return false;
            }
        }
        return true;
    }
}
