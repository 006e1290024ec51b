package minarai.eval.ifeval;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Cuts English text into sentences after the algorithm of Punkt, with a list of abbreviations in place of trained
/// parameters: a full stop ends a sentence unless the word before it is an abbreviation, an initial or an ellipsis;
/// then the next word decides.
///
/// @see <a href="https://aclanthology.org/J06-4003">Kiss and Strunk 2006</a>
final class Sentences {

    private static final Set<String> ABBREVIATIONS = Set.of("mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "rev",
            "gen", "col", "capt", "lt", "sgt", "gov", "sen", "rep", "hon", "vs", "v", "etc", "inc", "ltd", "co", "corp",
            "bros", "e.g", "i.e", "cf", "al", "u.s", "u.k", "u.n", "u.s.a", "d.c", "a.m", "p.m", "ph.d", "m.d", "b.a",
            "m.a", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "ave", "blvd",
            "rd", "mt", "ft", "no", "vol", "fig", "approx", "dept", "est", "min", "max", "adm", "maj", "messrs", "mme",
            "p.s", "p.p.s", "a.d", "b.c", "l.a", "n.y", "j.r", "w.w", "s.a", "c.e", "b.c.e");
    private static final Pattern POTENTIAL_END =
            Text.pattern("[.?!](?=(?<after>[)\";}\\]*:@'({\\[!?]|\\s+(?<next>\\S+)))");
    private static final Pattern CLOSING = Text.pattern("^[\"')\\]}]+?(?:\\s+|(?=--)|$)");
    private static final Pattern INITIAL = Text.pattern("[^\\W\\d]\\.");
    private static final Pattern NUMBER = Text.pattern("-?[.,]?\\d[\\d,.-]*\\.?");
    private static final Pattern ELLIPSIS = Text.pattern("\\.\\.+");

    private Sentences() {
    }

    /// The sentences, blanks around them included.
    static List<String> of(String text) {
        List<String> pieces = new ArrayList<>();
        int start = 0;
        Matcher end = POTENTIAL_END.matcher(text);
        while (end.find()) {
            String next = end.group("next");
            if (isBreak(text, end.start(), next == null ? end.group("after") : next, next != null)) {
                pieces.add(text.substring(start, end.end()));
                start = next == null ? end.end() : end.start("next");
            }
        }
        String rest = text.substring(start).stripTrailing();
        if (!rest.isEmpty()) {
            pieces.add(rest);
        }
        return realigned(pieces);
    }

    /// Closing quotes and brackets at the beginning of a sentence belong to the one before.
    private static List<String> realigned(List<String> pieces) {
        List<String> sentences = new ArrayList<>();
        for (String piece : pieces) {
            Matcher closing = CLOSING.matcher(piece);
            String rest = piece;
            if (!sentences.isEmpty() && closing.find()) {
                sentences.set(sentences.size() - 1, sentences.getLast() + closing.group().stripTrailing());
                rest = piece.substring(closing.end());
            }
            if (!rest.isEmpty()) {
                sentences.add(rest);
            }
        }
        return sentences;
    }

    private static boolean isBreak(String text, int at, String next, boolean isWord) {
        if (text.charAt(at) != '.') {
            return true;
        }
        String token = tokenBefore(text, at) + ".";
        boolean isEllipsis = ELLIPSIS.matcher(token).matches() || token.endsWith("..");
        String type = token.substring(0, token.length() - 1).toLowerCase(Locale.ROOT);
        boolean isAbbreviation = ABBREVIATIONS.contains(type)
                || ABBREVIATIONS.contains(type.substring(type.lastIndexOf('-') + 1));
        if (isEllipsis || isAbbreviation && !INITIAL.matcher(token).matches()) {
            return isWord && startsSentence(next);
        }
        if (INITIAL.matcher(token).matches()) {
            return isWord && startsSentence(next);
        }
        return !NUMBER.matcher(token).matches() || !isWord || !continues(next);
    }

    /// The token that ends before the full stop: what blanks and opening signs leave of it.
    private static String tokenBefore(String text, int at) {
        int start = at;
        while (start > 0 && !Text.isBlank(text.charAt(start - 1))
                && ")\";}]*:@'({[!?".indexOf(text.charAt(start - 1)) < 0) {
            start--;
        }
        while (start < at && "`&#-,".indexOf(text.charAt(start)) >= 0) {
            start++;
        }
        return text.substring(start, at);
    }

    private static boolean continues(String next) {
        int c = next.codePointAt(0);
        return Character.isLowerCase(c) || ";:,.!?".indexOf(c) >= 0;
    }

    /// Words that seldom stand in upper case within a sentence.
    private static final Set<String> STARTERS = Set.of("the", "a", "an", "this", "that", "these", "those", "it", "he",
            "she", "they", "we", "you", "in", "on", "at", "if", "but", "and", "so", "however", "there", "what", "when",
            "where", "why", "how", "who", "my", "our", "your", "his", "her", "their", "its", "for", "as", "after",
            "before", "while", "with", "to", "from", "is", "are", "do", "does", "not", "no", "yes", "let", "then",
            "now", "one", "some", "all", "most", "many", "each", "every", "can", "will", "would", "could", "should",
            "although", "because", "since", "despite", "additionally", "moreover", "furthermore", "finally", "first",
            "second");

    private static boolean startsSentence(String next) {
        String word = Text.strip(next, "\"'([{*_,.;:!?)]}").toLowerCase(Locale.ROOT);
        return Character.isUpperCase(next.codePointAt(0)) && STARTERS.contains(word);
    }
}
