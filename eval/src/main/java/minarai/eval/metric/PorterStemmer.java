package minarai.eval.metric;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Porter's stemmer for English, with the exceptions of the implementation that published ROUGE scores were made with
/// (short words in -ies and -ied, words such as `dying` and `news`).
///
/// @see <a href="https://tartarus.org/martin/PorterStemmer/def.txt">Porter 1980</a>
final class PorterStemmer {

    private static final Map<String, String> IRREGULAR = Map.ofEntries(Map.entry("skies", "sky"),
            Map.entry("sky", "sky"), Map.entry("dying", "die"), Map.entry("lying", "lie"), Map.entry("tying", "tie"),
            Map.entry("news", "news"), Map.entry("innings", "inning"), Map.entry("inning", "inning"),
            Map.entry("outings", "outing"), Map.entry("outing", "outing"), Map.entry("cannings", "canning"),
            Map.entry("canning", "canning"), Map.entry("howe", "howe"), Map.entry("proceed", "proceed"),
            Map.entry("exceed", "exceed"), Map.entry("succeed", "succeed"));

    /// Where a word ends in `suffix`, that becomes `replacement` if the stem before it satisfies `condition`; no
    /// further rule is tried either way.
    private record Rule(String suffix, String replacement, Predicate<String> condition) {
    }

    private static final List<Rule> PLURALS = List.of(always("sses", "ss"), always("ies", "i"), always("ss", "ss"),
            always("s", ""));
    private static final List<Rule> DOUBLE_SUFFIXES = List.of(measured("ational", "ate"), measured("tional", "tion"),
            measured("enci", "ence"), measured("anci", "ance"), measured("izer", "ize"), measured("bli", "ble"),
            measured("alli", "al"), measured("entli", "ent"), measured("eli", "e"), measured("ousli", "ous"),
            measured("ization", "ize"), measured("ation", "ate"), measured("ator", "ate"), measured("alism", "al"),
            measured("iveness", "ive"), measured("fulness", "ful"), measured("ousness", "ous"),
            measured("aliti", "al"), measured("iviti", "ive"), measured("biliti", "ble"), measured("fulli", "ful"),
            new Rule("logi", "log", stem -> measure(stem + "l") > 0));
    private static final List<Rule> SINGLE_SUFFIXES = List.of(measured("icate", "ic"), measured("ative", ""),
            measured("alize", "al"), measured("iciti", "ic"), measured("ical", "ic"), measured("ful", ""),
            measured("ness", ""));
    private static final List<Rule> ENDINGS = List.of(removed("al"), removed("ance"), removed("ence"), removed("er"),
            removed("ic"), removed("able"), removed("ible"), removed("ant"), removed("ement"), removed("ment"),
            removed("ent"), new Rule("ion", "", stem -> measure(stem) > 1
                    && (stem.endsWith("s") || stem.endsWith("t"))), removed("ou"), removed("ism"), removed("ate"),
            removed("iti"), removed("ous"), removed("ive"), removed("ize"));

    private PorterStemmer() {
    }

    /// The stem of a word in lower case.
    static String stem(String word) {
        String irregular = IRREGULAR.get(word);
        if (irregular != null) {
            return irregular;
        }
        if (word.length() <= 2) {
            return word;
        }
        String stem = word.endsWith("ies") && word.length() == 4 ? word.substring(0, 3) : apply(PLURALS, word);
        stem = yToI(withoutPast(stem));
        stem = doubleSuffix(stem);
        stem = apply(SINGLE_SUFFIXES, stem);
        stem = apply(ENDINGS, stem);
        return withoutFinalE(stem);
    }

    private static String withoutPast(String word) {
        if (word.endsWith("ied")) {
            return word.substring(0, word.length() - (word.length() == 4 ? 1 : 2));
        }
        if (word.endsWith("eed")) {
            return measure(cut(word, 3)) > 0 ? cut(word, 1) : word;
        }
        int ending = word.endsWith("ed") ? 2 : word.endsWith("ing") ? 3 : 0;
        if (ending == 0 || !hasVowel(cut(word, ending))) {
            return word;
        }
        String stem = cut(word, ending);
        if (stem.endsWith("at") || stem.endsWith("bl") || stem.endsWith("iz")) {
            return stem + "e";
        }
        if (endsInDoubleConsonant(stem)) {
            return "lsz".indexOf(stem.charAt(stem.length() - 1)) < 0 ? cut(stem, 1) : stem;
        }
        return measure(stem) == 1 && endsShort(stem) ? stem + "e" : stem;
    }

    private static String yToI(String word) {
        boolean isReplaced = word.endsWith("y") && word.length() > 2 && isConsonant(word, word.length() - 2);
        return isReplaced ? cut(word, 1) + "i" : word;
    }

    private static String doubleSuffix(String word) {
        if (word.endsWith("alli") && measure(cut(word, 4)) > 0) {
            return doubleSuffix(cut(word, 4) + "al");
        }
        return apply(DOUBLE_SUFFIXES, word);
    }

    private static String withoutFinalE(String word) {
        String stem = word;
        if (word.endsWith("e")) {
            String before = cut(word, 1);
            int measure = measure(before);
            stem = measure > 1 || measure == 1 && !endsShort(before) ? before : word;
        }
        return stem.endsWith("ll") && measure(cut(stem, 1)) > 1 ? cut(stem, 1) : stem;
    }

    private static String apply(List<Rule> rules, String word) {
        for (Rule rule : rules) {
            if (word.endsWith(rule.suffix)) {
                String stem = cut(word, rule.suffix.length());
                return rule.condition.test(stem) ? stem + rule.replacement : word;
            }
        }
        return word;
    }

    private static Rule always(String suffix, String replacement) {
        return new Rule(suffix, replacement, stem -> true);
    }

    private static Rule measured(String suffix, String replacement) {
        return new Rule(suffix, replacement, stem -> measure(stem) > 0);
    }

    private static Rule removed(String suffix) {
        return new Rule(suffix, "", stem -> measure(stem) > 1);
    }

    private static String cut(String word, int letters) {
        return word.substring(0, word.length() - letters);
    }

    /// How often a vowel is followed by a consonant.
    private static int measure(String stem) {
        int measure = 0;
        for (int at = 1; at < stem.length(); at++) {
            if (isConsonant(stem, at) && !isConsonant(stem, at - 1)) {
                measure++;
            }
        }
        return measure;
    }

    private static boolean isConsonant(String word, int at) {
        char c = word.charAt(at);
        if (c == 'y') {
            return at == 0 || !isConsonant(word, at - 1);
        }
        return "aeiou".indexOf(c) < 0;
    }

    private static boolean hasVowel(String stem) {
        for (int at = 0; at < stem.length(); at++) {
            if (!isConsonant(stem, at)) {
                return true;
            }
        }
        return false;
    }

    private static boolean endsInDoubleConsonant(String word) {
        int last = word.length() - 1;
        return last >= 1 && word.charAt(last) == word.charAt(last - 1) && isConsonant(word, last);
    }

    /// Consonant, vowel, consonant that is not w, x or y; or two letters, vowel and consonant.
    private static boolean endsShort(String word) {
        int last = word.length() - 1;
        if (last == 1) {
            return !isConsonant(word, 0) && isConsonant(word, 1);
        }
        return last >= 2 && isConsonant(word, last - 2) && !isConsonant(word, last - 1) && isConsonant(word, last)
                && "wxy".indexOf(word.charAt(last)) < 0;
    }
}
