package minarai.eval.ifeval;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// Cuts English text into words after the conventions of the Penn Treebank: signs stand alone, `DON'T` is `DO` and
/// `N'T`, hyphenated words stay whole.
final class TreebankWords {

    /// A pattern and what it becomes.
    private record Rule(Pattern pattern, String replacement) {

        Rule(String regex, String replacement) {
            this(Text.pattern(regex), replacement);
        }
    }

    private static final List<Rule> RULES = List.of(new Rule("([«“‘„]|[`]+)", " $1 "), new Rule("^\"", "``"),
            new Rule("(``)", " $1 "), new Rule("([ (\\[{<])(\"|'{2})", "$1 `` "),
            new Rule("([^.])(\\.)([\\])}>\"'»”’ ]*)\\s*$", "$1 $2 $3 "), new Rule("([:,])([^\\d])", " $1 $2"),
            new Rule("([:,])$", " $1 "), new Rule("\\.{2,}", " $0 "), new Rule("[;@#$%&]", " $0 "),
            new Rule("[?!]", " $0 "), new Rule("([^'])' ", "$1 ' "), new Rule("[*]", " $0 "),
            new Rule("[\\]\\[(){}<>]", " $0 "), new Rule("--", " -- "), new Rule("([»”’])", " $1 "),
            new Rule("''", " '' "), new Rule("\"", " '' "),
                    new Rule("(^|\\s)?([^' ])('[sS]|'[mM]|'[dD]|') ", "$1$2 $3 "),
            new Rule("([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", "$1 $2 "),
            new Rule("(?i)\\b(can)(not)\\b", " $1 $2 "), new Rule("(?i)\\b(gon|wan)(na)\\b", " $1 $2 "),
            new Rule("(?i)\\b(got)(ta)\\b", " $1 $2 "), new Rule("(?i)\\b(lem|gim)(me)\\b", " $1 $2 "));

    private TreebankWords() {
    }

    static List<String> of(String text) {
        List<String> words = new ArrayList<>();
        for (String sentence : Sentences.of(text)) {
            String spaced = sentence;
            for (Rule rule : RULES) {
                spaced = rule.pattern.matcher(" " + spaced.strip() + " ").replaceAll(rule.replacement);
            }
            for (String word : spaced.strip().split("\\s+")) {
                words.add(word);
            }
        }
        return words;
    }
}
