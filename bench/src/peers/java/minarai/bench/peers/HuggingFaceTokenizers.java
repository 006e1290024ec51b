package minarai.bench.peers;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import minarai.bench.TokenizerPeer;

/// Hugging Face's tokenizers, in Rust. Only ids are taken from a result, since offsets and pieces would be made into
/// Java's objects one by one, which is no fault of the library.
public final class HuggingFaceTokenizers implements TokenizerPeer {

    @Override
    public String name() {
        return "huggingface";
    }

    @Override
    public Encoder open(Path tokenizerJson) {
        System.setProperty("ai.djl.offline", "true");
        try {
            return new Opened(HuggingFaceTokenizer.newInstance(tokenizerJson,
                    Map.of("truncation", "false", "padding", "false")));
        } catch (IOException e) {
            throw new UncheckedIOException("opening " + tokenizerJson + " with Hugging Face's tokenizers", e);
        }
    }

    /// An open tokenizer; unless it is told otherwise it would cut texts to 512 tokens.
    private record Opened(HuggingFaceTokenizer tokenizer) implements Encoder {
        @Override
        public long[] encode(String text) {
            long encoding = TokenizersLibrary.LIB.encode(tokenizer.getHandle(), text, false);
            try {
                return TokenizersLibrary.LIB.getTokenIds(encoding);
            } finally {
                TokenizersLibrary.LIB.deleteEncoding(encoding);
            }
        }

        @Override
        public void close() {
            tokenizer.close();
        }
    }
}
