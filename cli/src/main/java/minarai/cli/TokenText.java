package minarai.cli;

import minarai.tokenizer.Tokenizer;

/// A token as a line of text can show it.
final class TokenText {

    private TokenText() {
    }

    /// The piece as the vocabulary spells it, with characters that would move the cursor written as escapes.
    static String of(Tokenizer tokenizer, int id) {
        return id < tokenizer.vocabularySize() ? printable(tokenizer.piece(id)) : "(no token)";
    }

    static String of(OpenModel opened, int id) {
        return opened.source().map(source -> of(source.tokenizer(), id)).orElse("");
    }

    /// The same of a text of which the beginning is enough.
    ///
    /// @param longest characters
    static String clipped(String text, int longest) {
        String line = printable(text);
        return line.codePointCount(0, line.length()) <= longest ? line
                : line.substring(0, line.offsetByCodePoints(0, longest)) + "…";
    }

    static String printable(String text) {
        var shown = new StringBuilder();
        text.codePoints().forEach(character -> {
            switch (character) {
                case '\n' -> shown.append("\\n");
                case '\r' -> shown.append("\\r");
                case '\t' -> shown.append("\\t");
                default -> {
                    boolean isHidden = Character.isISOControl(character)
                            || Character.getType(character) == Character.FORMAT;
                    shown.append(isHidden ? "\\u%04x".formatted(character) : Character.toString(character));
                }
            }
        });
        return shown.toString();
    }
}
