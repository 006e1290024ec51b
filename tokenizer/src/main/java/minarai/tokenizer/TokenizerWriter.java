package minarai.tokenizer;

import java.nio.file.Path;

final class TokenizerWriter {
    private TokenizerWriter() {
    }

    static void write(PipelineTokenizer tokenizer, Path file) {
        throw new IllegalArgumentException(file + " cannot be written: " + tokenizer);
    }
}
