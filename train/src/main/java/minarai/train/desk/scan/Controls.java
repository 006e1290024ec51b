package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;

/// Characters that nobody sees: controls, byte order marks, blanks around an answer; and characters that were read in
/// the wrong encoding.
record Controls() implements Rule {

    private static final Pattern GARBLED =
            Pattern.compile("\uFFFD|â€[™œ\u009d˜“”¢¦“”]|[ÃÂ][\u0080-\u00BF]|ã[\u0080-\u0083][\u0080-\u00BF]"
            + "|縺[ｦ-ﾟ\u4E00-\u9FFF]|繧[ｦ-ﾟ\u4E00-\u9FFF]|æ[\u0080-\u009F–—˜™š›œžŸ]");

    @Override
    public List<Finding> findings(Scanned scanned) {
        var findings = new ArrayList<Finding>();
        for (Entry entry : scanned.entries()) {
            entry.turns().stream().map(Turn::content).map(Controls::first).filter(OptionalInt::isPresent).findFirst()
                    .ifPresent(found -> findings.add(Finding.of(Kind.CONTROL, entry,
                            "it holds the invisible character U+%04X".formatted(found.getAsInt()))));
            String answer = entry.answer().content();
            if (!answer.isBlank() && !answer.equals(answer.strip())) {
                findings.add(Finding.of(Kind.EDGES, entry, Character.isWhitespace(answer.codePointAt(0))
                        ? "the answer begins with blank space" : "the answer ends with blank space"));
            }
            entry.turns().stream().map(Turn::content).map(GARBLED::matcher).filter(match -> match.find()).findFirst()
                    .ifPresent(match -> findings.add(Finding.of(Kind.GARBLED, entry,
                            "'%s' looks like text in another encoding".formatted(match.group()))));
        }
        return findings;
    }

    private static OptionalInt first(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (is(text.charAt(i))) {
                return OptionalInt.of(text.charAt(i));
            }
        }
        return OptionalInt.empty();
    }

    /// Controls but for tab and line feed, soft line marks, and the marks that text does not need. Joiners stay: emoji
    /// and several scripts need them.
    static boolean is(int c) {
        return c < ' ' && c != '\t' && c != '\n' || c >= 0x7F && c <= 0x9F || c == 0xFEFF || c == 0x200B || c == 0x2028
                || c == 0x2029 || c >= 0xFFF0 && c <= 0xFFF8;
    }
}
