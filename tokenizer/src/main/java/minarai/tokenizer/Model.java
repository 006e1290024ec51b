package minarai.tokenizer;

/// Turns a pre-tokenized piece into ids: the `model` of tokenizer.json.
sealed interface Model permits BytePair, Unigram, WordPiece, WordLevel, SentencePieceUnigram, SentencePieceUnknowns {

    Vocabulary vocabulary();

    /// Sends the tokens of `word` in order.
    void tokenize(String word, TokenSink sink);

    /// The id of a byte in vocabularies with byte fallback, `<0x0A>`.
    static String byteName(int b) {
        return "<0x%02X>".formatted(b & 0xFF);
    }

    /// Takes tokens.
    interface TokenSink {

        /// @param id   the token
        /// @param from first UTF-16 unit of the word that it covers, on a character boundary
        /// @param to   one past the last; `from` if it covers nothing
        void token(int id, int from, int to);
    }
}
