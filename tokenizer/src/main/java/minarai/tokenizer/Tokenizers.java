package minarai.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;

/// Finds the tokenizer of a model folder.
public final class Tokenizers {

    static final int MAX_ADDED_TOKEN_LENGTH = 4096;

    private Tokenizers() {
    }

    /// The tokenizer in a file, or in a folder.
    public static PipelineTokenizer of(Path fileOrFolder) {
        return TokenizerFile.read(Files.isDirectory(fileOrFolder) ? fileOrFolder.resolve("tokenizer.json")
                : fileOrFolder);
    }
}
