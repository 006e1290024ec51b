package minarai.eval.metric;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;

/// How a text is cut into the tokens that overlap is counted over. Two scores with different cuts are not comparable,
/// so each has a name in signatures.
public enum Words {

    /// `none`: what blanks separate.
    BLANKS("none") {
        @Override
        public List<String> of(String text) {
            return List.of(Characters.splitAtBlanks(text));
        }
    },

    /// `rouge`: lower case, runs of `[a-z0-9]`, as is customary for ROUGE. Text of other scripts has no tokens at all.
    ROUGE("rouge") {
        @Override
        public List<String> of(String text) {
            return runs(text.toLowerCase(Locale.ROOT), c -> c >= 'a' && c <= 'z' || c >= '0' && c <= '9');
        }
    },

    /// `13a`: mteval-v13a, which BLEU is customarily counted over.
    MTEVAL("13a") {
        @Override
        public List<String> of(String text) {
            String line = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ").replace("&quot;", "\"")
                    .replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
            line = ASCII_SIGN.matcher(" " + line + " ").replaceAll(" $1 ");
            line = SIGN_AFTER_OTHER.matcher(line).replaceAll("$1 $2 ");
            line = SIGN_BEFORE_OTHER.matcher(line).replaceAll(" $1 $2");
            line = DASH_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 ");
            return BLANKS.of(line);
        }
    },

    /// `intl`: mteval-v14 with Unicode's classes of punctuation and symbols.
    INTERNATIONAL("intl") {
        @Override
        public List<String> of(String text) {
            String line = PUNCTUATION_AFTER_OTHER.matcher(text).replaceAll("$1 $2 ");
            line = PUNCTUATION_BEFORE_OTHER.matcher(line).replaceAll(" $1 $2");
            return BLANKS.of(SYMBOL.matcher(line).replaceAll(" $1 "));
        }
    },

    /// `char`: code points that are not blank.
    CHARACTERS("char") {
        @Override
        public List<String> of(String text) {
            return text.codePoints().filter(c -> !Characters.isBlank(c)).mapToObj(Character::toString).toList();
        }
    },

    /// `ja-script`: for Japanese without a dictionary. After NFKC a word is a run of one script (kanji, hiragana,
    /// katakana, Latin letters, digits); を, which no word contains, and every sign stand alone.
    JAPANESE("ja-script") {
        @Override
        public List<String> of(String text) {
            return scriptRuns(Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT));
        }
    };

    private static final Pattern ASCII_SIGN = Pattern.compile("([\\{-~\\[-` -&\\(-\\+:-@/])");
    private static final Pattern SIGN_AFTER_OTHER = Pattern.compile("([^0-9])([.,])");
    private static final Pattern SIGN_BEFORE_OTHER = Pattern.compile("([.,])([^0-9])");
    private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");
    private static final Pattern PUNCTUATION_AFTER_OTHER = Pattern.compile("(\\P{N})(\\p{P})");
    private static final Pattern PUNCTUATION_BEFORE_OTHER = Pattern.compile("(\\p{P})(\\P{N})");
    private static final Pattern SYMBOL = Pattern.compile("(\\p{S})");

    private final String signature;

    Words(String signature) {
        this.signature = signature;
    }

    /// The tokens in order.
    public abstract List<String> of(String text);

    /// The name in signatures, after `tok:`.
    public String signature() {
        return signature;
    }

    private static List<String> runs(String text, IntPredicate isPart) {
        List<String> runs = new ArrayList<>();
        int start = 0;
        for (int at = 0; at <= text.length(); at++) {
            if (at == text.length() || !isPart.test(text.charAt(at))) {
                if (at > start) {
                    runs.add(text.substring(start, at));
                }
                start = at + 1;
            }
        }
        return runs;
    }

    private static List<String> scriptRuns(String text) {
        List<String> runs = new ArrayList<>();
        var run = new StringBuilder();
        String kind = "";
        for (int c : text.codePoints().toArray()) {
            String next = kind(c, kind);
            if (!next.equals(kind) || next.equals("alone")) {
                flush(run, runs);
            }
            if (!next.equals("blank")) {
                run.appendCodePoint(c);
            }
            kind = next;
        }
        flush(run, runs);
        return runs;
    }

    private static String kind(int c, String before) {
        if (Characters.isBlank(c)) {
            return "blank";
        }
        boolean isMark = c == 'ー' || Character.getType(c) == Character.NON_SPACING_MARK;
        if (isMark && Arrays.asList("HIRAGANA", "KATAKANA", "LATIN").contains(before)) {
            return before;
        }
        if (c == 'を' || !Character.isLetterOrDigit(c) && c != '々') {
            return "alone";
        }
        return Character.isDigit(c) ? "digit" : c == '々' ? "HAN" : c == 'ー' ? "KATAKANA" : UnicodeScript.of(c).name();
    }

    private static void flush(StringBuilder run, List<String> runs) {
        if (!run.isEmpty()) {
            runs.add(run.toString());
            run.setLength(0);
        }
    }
}
