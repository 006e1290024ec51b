package minarai.tokenizer;

import java.util.OptionalInt;

/// A word is one token; words outside the vocabulary are the unknown token.
record WordLevel(Vocabulary vocabulary, int unknown) implements Model {
    @Override
    public void tokenize(String word, TokenSink sink) {
        OptionalInt id = vocabulary.idOf(word);
        sink.token(id.orElse(unknown), 0, word.length());
    }
}
