package minarai.tokenizer;

import java.util.OptionalInt;

/// The longest piece first, left to right; pieces inside a word carry a prefix. A word that cannot be spelled, or is
/// too long, is the unknown token.
///
/// @param continuingPrefix    what pieces inside a word begin with, usually `##`
/// @param maxCharactersInWord longer words are unknown
record WordPiece(Vocabulary vocabulary, int unknown, String continuingPrefix, int maxCharactersInWord)
        implements Model {

    @Override
    public void tokenize(String word, TokenSink sink) {
        if (word.codePointCount(0, word.length()) > maxCharactersInWord || !spell(word, (id, from, to) -> { })) {
            sink.token(unknown, 0, word.length());
        } else {
            spell(word, sink);
        }
    }

    private boolean spell(String word, TokenSink sink) {
        for (int from = 0; from < word.length(); ) {
            int to = word.length();
            OptionalInt id = idOf(word, from, to);
            while (id.isEmpty() && to > from) {
                to = word.offsetByCodePoints(to, -1);
                id = to > from ? idOf(word, from, to) : id;
            }
            if (id.isEmpty()) {
                return false;
            }
            sink.token(id.getAsInt(), from, to);
            from = to;
        }
        return true;
    }

    private OptionalInt idOf(String word, int from, int to) {
        String piece = word.substring(from, to);
        return vocabulary.idOf(from == 0 ? piece : continuingPrefix + piece);
    }
}
