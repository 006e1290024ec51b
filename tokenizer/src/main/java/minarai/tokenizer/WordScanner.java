package minarai.tokenizer;

import java.util.Arrays;
import java.util.Optional;

/// The well-known patterns by which byte-level tokenizers cut text into words, as scanners by hand: each alternative of
/// the pattern in its order, without backtracking. They leave no gaps between words.
enum WordScanner {

    /// GPT-2's.
    GPT2("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+") {
        @Override
        int end(char[] text, int at) {
            int contraction = text[at] == '\'' ? contractionEnd(text, at, false) : at;
            if (contraction > at) {
                return contraction;
            }
            int first = text[at] == ' ' && at + 1 < text.length ? at + 1 : at;
            byte kind = kindAt(text, first);
            return kind == SPACE ? spaceEnd(text, at) : runEnd(text, first, kind, Integer.MAX_VALUE);
        }
    },

    /// Llama 3's: digits in groups of up to three.
    THREE_DIGITS(split("{1,3}", "")) {
        @Override
        int end(char[] text, int at) {
            return splitEnd(text, at, 3);
        }
    },

    /// That of cl100k: the same, but for white space at the end of the text, which is one word.
    CL100K(split("{1,3}", "|\\s+\\z")) {
        @Override
        int end(char[] text, int at) {
            int spaces = runEnd(text, at, SPACE, Integer.MAX_VALUE);
            return spaces == text.length ? spaces : splitEnd(text, at, 3);
        }
    },

    /// Qwen 2's: each digit a word.
    ONE_DIGIT(split("", "")) {
        @Override
        int end(char[] text, int at) {
            return splitEnd(text, at, 1);
        }
    };

    private static final byte OTHER = 0;
    private static final byte LETTER = 1;
    private static final byte NUMBER = 2;
    private static final byte SPACE = 3;
    /// A high surrogate, whose kind depends on the unit after it.
    private static final byte HALF = 4;

    private final String expression;

    WordScanner(String expression) {
        this.expression = expression;
    }

    private static String split(String digits, String atEnd) {
        return "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}" + digits
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*" + atEnd + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    }

    /// Where the word that begins at `at` ends.
    abstract int end(char[] text, int at);

    /// As tokenizer files spell it.
    String expression() {
        return expression;
    }

    /// The scanner of an expression, if there is one.
    static Optional<WordScanner> of(String expression) {
        return Arrays.stream(values()).filter(scanner -> scanner.expression.equals(expression)).findFirst();
    }

    private static int splitEnd(char[] text, int at, int digits) {
        int contraction = text[at] == '\'' ? contractionEnd(text, at, true) : at;
        if (contraction > at) {
            return contraction;
        }
        byte kind = kindAt(text, at);
        int next = at + units(text, at);
        byte kindOfNext = next < text.length ? kindAt(text, next) : SPACE;
        if (kind == LETTER || kindOfNext == LETTER && kind != NUMBER && !isLineEnd(text[at])) {
            return runEnd(text, next, LETTER, Integer.MAX_VALUE);
        }
        if (kind == NUMBER) {
            return runEnd(text, at, NUMBER, digits);
        }
        if (kind == OTHER || text[at] == ' ' && kindOfNext == OTHER) {
            int end = runEnd(text, next, OTHER, Integer.MAX_VALUE);
            while (end < text.length && isLineEnd(text[end])) {
                end++;
            }
            return end;
        }
        return lineEnd(text, at);
    }

    /// `'s`, `'t`, `'re`, `'ve`, `'m`, `'ll` or `'d`; where case is ignored, `ſ` is an s.
    private static int contractionEnd(char[] text, int at, boolean ignoresCase) {
        char first = letter(text, at + 1, ignoresCase);
        char second = letter(text, at + 2, ignoresCase);
        return switch (first) {
            case 's', 't', 'm', 'd' -> at + 2;
            case 'r', 'v' -> second == 'e' ? at + 3 : at;
            case 'l' -> second == 'l' ? at + 3 : at;
            default -> at;
        };
    }

    private static char letter(char[] text, int at, boolean ignoresCase) {
        char c = at < text.length ? text[at] : 0;
        if (!ignoresCase) {
            return c;
        }
        return c == 'ſ' ? 's' : c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }

    /// `\s*[\r\n]+`, else as [#spaceEnd].
    private static int lineEnd(char[] text, int at) {
        int end = runEnd(text, at, SPACE, Integer.MAX_VALUE);
        int last = end;
        while (last > at && !isLineEnd(text[last - 1])) {
            last--;
        }
        return last > at ? last : spaceEnd(text, at);
    }

    /// `\s+(?!\S)|\s+`: white space without its last character, if something else follows.
    private static int spaceEnd(char[] text, int at) {
        int end = runEnd(text, at, SPACE, Integer.MAX_VALUE);
        return end == text.length || end == at + 1 ? end : end - 1;
    }

    private static int runEnd(char[] text, int from, byte kind, int most) {
        int at = from;
        for (int count = 0; at < text.length && count < most && kindAt(text, at) == kind; count++) {
            at += units(text, at);
        }
        return at;
    }

    private static boolean isLineEnd(char c) {
        return c == '\n' || c == '\r';
    }

    private static int units(char[] text, int at) {
        boolean isPair = Character.isHighSurrogate(text[at]) && at + 1 < text.length
                && Character.isLowSurrogate(text[at + 1]);
        return isPair ? 2 : 1;
    }

    private static byte kindAt(char[] text, int at) {
        byte kind = Kinds.OF_UNIT[text[at]];
        if (kind != HALF) {
            return kind;
        }
        return units(text, at) == 1 ? OTHER : Kinds.of(Character.toCodePoint(text[at], text[at + 1]));
    }

    /// What each UTF-16 unit is.
    private static final class Kinds {

        static final byte[] OF_UNIT = ofUnits();

        private Kinds() {
        }

        private static byte[] ofUnits() {
            byte[] kinds = new byte[Character.MAX_VALUE + 1];
            for (int c = 0; c < kinds.length; c++) {
                kinds[c] = Character.isHighSurrogate((char) c) ? HALF : of(c);
            }
            return kinds;
        }

        static byte of(int c) {
            if (Character.isLetter(c)) {
                return LETTER;
            }
            if (Characters.isNumeric(c)) {
                return NUMBER;
            }
            return Characters.isWhiteSpace(c) ? SPACE : OTHER;
        }
    }
}
