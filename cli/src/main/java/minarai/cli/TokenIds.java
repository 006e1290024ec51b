package minarai.cli;

import java.util.stream.IntStream;
import minarai.models.format.ModelConfig;
import minarai.tokenizer.PipelineTokenizer;

/// Token ids that come from a user.
final class TokenIds {

    private TokenIds() {
    }

    /// A raw text as the tokenizer's own file would have it before a continuation: special tokens that are spelled out
    /// count, and its beginning-of-text token comes first.
    static int[] ofText(PipelineTokenizer tokenizer, String text) {
        int[] words = tokenizer.encode(text, index -> true).ids();
        return IntStream.concat(IntStream.of(tokenizer.prefix()), IntStream.of(words)).toArray();
    }

    /// @throws IllegalArgumentException if there is no id, or one is outside the model's vocabulary
    static void requireKnown(int[] ids, ModelConfig config) {
        int size = config.vocabularySize();
        if (ids.length == 0) {
            throw new IllegalArgumentException("the prompt has no tokens; give it at least one word");
        }
        for (int id : ids) {
            if (id < 0 || id >= size) {
                throw new IllegalArgumentException("no token has id %d; the model's ids run from 0 to %d".formatted(id,
                        size - 1));
            }
        }
    }
}
