package minarai.eval.ifeval;

import java.lang.Character.UnicodeScript;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/// The rules for Japanese answers.
final class JapaneseRules {

    private static final Pattern PLACEHOLDER = Text.pattern("\\[.*?\\]");
    private static final Pattern BULLET = Text.linePattern("^\\s*・[^・].*$");
    private static final Pattern NUMBERED = Text.linePattern("^\\s*\\d+\\.\\s.*$");
    private static final Pattern HIGHLIGHT = Text.pattern("《[^\\n《》]*》");
    private static final Pattern TITLE = Text.pattern("『[^\\n]+』");
    private static final Pattern KANJI = Text.pattern("[\\u4e00-\\u9faf]");
    private static final Pattern KANJI_RUN = Text.pattern("[\\u4e00-\\u9faf]+");
    private static final Pattern READ_RUN = Text.pattern("[\\u4e00-\\u9faf]+（[ぁ-ん]+）");
    private static final Pattern QUOTED = Text.pattern("「.*?」|『.*?』");
    private static final Pattern FULL_STOP = Text.pattern("[。！？]");
    private static final Pattern DIGIT = Text.pattern("\\d");
    private static final Pattern COMPOUND =
            Text.pattern("\\S+の\\S+|[大新再超][\\u4e00-\\u9faf]{2}|[\\u4e00-\\u9faf]{2}[性的化]");
    private static final List<String> ANSWERS = List.of("はい、そうです。", "いいえ、違います。", "どちらとも言えません。");

    static final Map<String, Checker> JAPANESE = Map.ofEntries(
            Map.entry("keywords:existence", (arguments, answer) -> arguments.texts("keywords").stream()
                    .allMatch(keyword -> occurrences(keyword, answer) > 0)),
            Map.entry("keywords:frequency", (arguments, answer) -> arguments.isSatisfied(
                    occurrences(Text.strip(arguments.text("keyword")), answer), "relation", "frequency")),
            Map.entry("keywords:forbidden_words", (arguments, answer) -> arguments.texts("forbidden_words").stream()
                    .noneMatch(word -> occurrences(word, answer) > 0)),
            Map.entry("keywords:letter_frequency", JapaneseRules::hasLetters),
            Map.entry("language:response_language", Rules::isInLanguage),
            Map.entry("length_constraints:number_sentences", (arguments, answer) -> arguments.isSatisfied(
                    sentences(answer), "relation", "num_sentences")),
            Map.entry("length_constraints:number_paragraphs", Rules::hasDividedParagraphs),
            Map.entry("length_constraints:number_letters", (arguments, answer) -> arguments.isSatisfied(
                    answer.codePointCount(0, answer.length()), "relation", "num_letters")),
            Map.entry("length_constraints:nth_paragraph_first_word", JapaneseRules::beginsParagraph),
            Map.entry("detectable_content:number_placeholders", (arguments, answer) ->
                    Text.count(PLACEHOLDER, answer) >= arguments.number("num_placeholders")),
            Map.entry("detectable_content:postscript", (arguments, answer) -> Rules.postscript(Text.strip(
                    arguments.text("postscript_marker"))).matcher(answer.toLowerCase(Locale.ROOT)).find()),
            Map.entry("detectable_format:number_bullet_lists", (arguments, answer) ->
                    Text.count(BULLET, answer) == arguments.number("num_bullets")),
            Map.entry("detectable_format:number_numbered_lists", (arguments, answer) ->
                    Text.count(NUMBERED, answer) == arguments.number("num_items")),
            Map.entry("detectable_format:constrained_response", (arguments, answer) ->
                    ANSWERS.stream().anyMatch(answer::contains)),
            Map.entry("detectable_format:number_highlighted_sections", (arguments, answer) -> HIGHLIGHT.matcher(answer)
                    .results().filter(part -> !Text.isEmpty(Text.strip(part.group(), "《》"))).count()
                    >= arguments.number("num_highlights")),
            Map.entry("detectable_format:multiple_sections", (arguments, answer) -> Text.count(Text.pattern(
                    "\\s?第\\d+" + Pattern.quote(Text.strip(arguments.text("section_spliter"))) + "\\s?"), answer)
                    >= arguments.number("num_sections")),
            Map.entry("detectable_format:json_format", (arguments, answer) -> Rules.isJson(answer)),
            Map.entry("detectable_format:title", (arguments, answer) -> TITLE.matcher(answer).results()
                    .anyMatch(title -> !Text.isEmpty(Text.strip(title.group(), "『』")))),
            Map.entry("detectable_format:nominal_ending", (arguments, answer) ->
                    nominalEndings(answer) >= arguments.number("count")),
            Map.entry("combination:two_responses", (arguments, answer) -> Rules.hasTwoAnswers(answer)),
            Map.entry("combination:repeat_prompt", (arguments, answer) -> Text.strip(answer).startsWith(
                    Text.strip(arguments.text("prompt_to_repeat")))),
            Map.entry("startend:end_checker", (arguments, answer) -> Text.strip(Text.strip(answer), "」』")
                    .endsWith(Text.strip(Text.strip(arguments.text("end_phrase")), "」』"))),
            Map.entry("startend:quotation", (arguments, answer) -> Rules.isWrapped(answer, '「', '」')),
            Map.entry("startend:sentence_unified_end", JapaneseRules::endsAlike),
            Map.entry("letters:furigana", (arguments, answer) ->
                    Text.count(KANJI_RUN, answer) == Text.count(READ_RUN, answer)),
            Map.entry("letters:kanji", (arguments, answer) -> arguments.isSatisfied(Text.count(KANJI, answer),
                    "relation", "kanji_limit")),
            Map.entry("letters:kansuuji", (arguments, answer) -> !DIGIT.matcher(answer).find()),
            Map.entry("letters:no_hiragana", (arguments, answer) ->
                    answer.codePoints().noneMatch(c -> c >= 'ぁ' && c <= 'ゖ')),
            Map.entry("letters:hiragana_only", (arguments, answer) -> answer.codePoints().allMatch(c ->
                    c >= 'ぁ' && c <= 'ん' || c == 'ー' || !Character.isLetter(c))),
            Map.entry("letters:no_katakana", (arguments, answer) ->
                    answer.codePoints().noneMatch(c -> c >= 'ァ' && c <= 'ヺ' || c >= 'ｦ' && c <= 'ﾟ')),
            Map.entry("letters:katakana_only", (arguments, answer) -> answer.codePoints().allMatch(c -> c >= 'ァ'
                    && c <= 'ン' || c == 'ー' || c == '・' || c >= 'ｦ' && c <= 'ﾟ' || !Character.isLetter(c))),
            Map.entry("punctuation:no_comma", (arguments, answer) -> answer.indexOf('、') < 0),
            Map.entry("punctuation:no_period", (arguments, answer) -> answer.indexOf('。') < 0));

    private JapaneseRules() {
    }

    /// How often a word occurs as one. What the published checkers' dictionary cuts is never one word: what has の
    /// within it, and three kanji that begin with a prefix or end in a suffix.
    private static int occurrences(String word, String answer) {
        if (COMPOUND.matcher(word).matches()) {
            return 0;
        }
        int count = 0;
        for (int at = answer.indexOf(word); at >= 0; at = answer.indexOf(word, at + word.length())) {
            int end = at + word.length();
            count += end < answer.length() && goesOn(word.codePointBefore(word.length()), answer.codePointAt(end))
                    ? 0 : 1;
        }
        return count;
    }

    /// Whether a word goes on: in katakana or Latin letters, where nothing else marks its end. Of a compound in
    /// katakana the last word is its head and stands for itself.
    private static boolean goesOn(int last, int next) {
        UnicodeScript script = UnicodeScript.of(last);
        return next == 'ー' || script == UnicodeScript.of(next)
                && (script == UnicodeScript.KATAKANA || script == UnicodeScript.LATIN);
    }

    private static boolean hasLetters(Arguments arguments, String answer) {
        int hiragana = arguments.text("letter").codePointAt(0);
        int count = (int) answer.codePoints().filter(c -> c == hiragana || c == hiragana + 'ァ' - 'ぁ').count();
        return arguments.isSatisfied(count, "let_relation", "let_frequency");
    }

    /// Sentences by line and full stop; those within brackets belong to the one around them.
    private static int sentences(String answer) {
        int count = 0;
        for (String line : Normalizer.normalize(answer, Normalizer.Form.NFKC).split("\n")) {
            int depth = 0;
            boolean isOpen = false;
            for (int at = 0; at < line.length(); at++) {
                char c = line.charAt(at);
                depth += "「『(（".indexOf(c) >= 0 ? 1 : "」』)）".indexOf(c) >= 0 ? -1 : 0;
                isOpen |= !Text.isBlank(c);
                if (depth <= 0 && "。!?".indexOf(c) >= 0) {
                    count++;
                    isOpen = false;
                }
            }
            count += isOpen ? 1 : 0;
        }
        return count;
    }

    private static boolean beginsParagraph(Arguments arguments, String answer) {
        String paragraph = Rules.nthParagraph(arguments, answer);
        int start = 0;
        while (start < paragraph.length() && "「『".indexOf(paragraph.charAt(start)) >= 0) {
            start++;
        }
        return !paragraph.isEmpty() && paragraph.startsWith(arguments.text("first_word"), start);
    }

    private static boolean endsAlike(Arguments arguments, String answer) {
        String ending = arguments.text("ending");
        for (String sentence : FULL_STOP.split(QUOTED.matcher(answer).replaceAll(""), -1)) {
            if (!sentence.isEmpty() && !sentence.endsWith(ending)) {
                return false;
            }
        }
        return true;
    }

    /// Sentences that end in a noun: in a kanji, katakana, Latin letter or digit before the full stop.
    private static int nominalEndings(String answer) {
        String text = QUOTED.matcher(answer).replaceAll("");
        int count = 0;
        for (int at = 1; at < text.length(); at++) {
            int before = text.codePointBefore(at);
            boolean isNoun = Character.isLetterOrDigit(before) && UnicodeScript.of(before) != UnicodeScript.HIRAGANA;
            count += "。！？".indexOf(text.charAt(at)) >= 0 && isNoun ? 1 : 0;
        }
        return count;
    }
}
