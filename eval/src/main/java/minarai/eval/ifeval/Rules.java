package minarai.eval.ifeval;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// The rules for English answers, and those that hold for Japanese ones too.
final class Rules {

    private static final Pattern PLACEHOLDER = Text.pattern("\\[.*?\\]");
    private static final Pattern STAR_BULLET = Text.linePattern("^\\s*\\*[^*].*$");
    private static final Pattern DASH_BULLET = Text.linePattern("^\\s*-.*$");
    private static final Pattern HIGHLIGHT = Text.pattern("\\*[^\\n*]*\\*");
    private static final Pattern DOUBLE_HIGHLIGHT = Text.pattern("\\*\\*[^\\n*]*\\*\\*");
    private static final Pattern DIVIDER = Text.pattern("\\s?\\*\\*\\*\\s?");
    private static final Pattern TITLE = Text.pattern("<<[^\\n]+>>");
    private static final Pattern WORD = Text.pattern("\\w+");
    private static final Pattern CHANGE = Text.pattern("\\*.*\\*");
    private static final List<String> FENCES = List.of("```json", "```Json", "```JSON", "```");
    private static final List<String> ANSWERS = List.of("My answer is yes.", "My answer is no.", "My answer is maybe.");
    private static final JsonMapper JSON = JsonMapper.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    /// The 25 rules of the benchmark by id, and those of its library that it does not use.
    static final Map<String, Checker> ENGLISH = Map.ofEntries(
            Map.entry("keywords:existence", (arguments, answer) -> arguments.texts("keywords").stream()
                    .allMatch(keyword -> Text.word(keyword).matcher(answer).find())),
            Map.entry("keywords:frequency", (arguments, answer) -> arguments.isSatisfied(
                    Text.count(Text.word(Text.strip(arguments.text("keyword"))), answer), "relation", "frequency")),
            Map.entry("keywords:forbidden_words", Rules::avoidsWords),
            Map.entry("keywords:letter_frequency", Rules::hasLetters),
            Map.entry("keywords:key_sentences", Rules::hasSentences),
            Map.entry("language:response_language", Rules::isInLanguage),
            Map.entry("length_constraints:number_sentences", (arguments, answer) -> arguments.isSatisfied(
                    Sentences.of(answer).size(), "relation", "num_sentences")),
            Map.entry("length_constraints:number_paragraphs", Rules::hasDividedParagraphs),
            Map.entry("length_constraints:number_words", (arguments, answer) -> arguments.isSatisfied(
                    Text.count(WORD, answer), "relation", "num_words")),
            Map.entry("length_constraints:nth_paragraph_first_word", Rules::beginsParagraph),
            Map.entry("detectable_content:number_placeholders", (arguments, answer) ->
                    Text.count(PLACEHOLDER, answer) >= arguments.number("num_placeholders")),
            Map.entry("detectable_content:postscript", Rules::hasPostscript),
            Map.entry("detectable_content:rephrase_paragraph", Rules::sharesWords),
            Map.entry("detectable_format:number_bullet_lists", (arguments, answer) -> Text.count(STAR_BULLET, answer)
                    + Text.count(DASH_BULLET, answer) == arguments.number("num_bullets")),
            Map.entry("detectable_format:constrained_response", (arguments, answer) ->
                    ANSWERS.stream().anyMatch(answer::contains)),
            Map.entry("detectable_format:number_highlighted_sections", (arguments, answer) ->
                    highlights(answer) >= arguments.number("num_highlights")),
            Map.entry("detectable_format:multiple_sections", Rules::hasSections),
            Map.entry("detectable_format:json_format", (arguments, answer) -> isJson(answer)),
            Map.entry("detectable_format:title", (arguments, answer) -> TITLE.matcher(answer).results()
                    .anyMatch(title -> !Text.isEmpty(Text.strip(title.group(), "<>")))),
            Map.entry("detectable_format:rephrasing", Rules::isRephrased),
            Map.entry("multi-turn:constrained_start", (arguments, answer) -> Text.linePattern("^\\s*"
                    + Pattern.quote(Text.strip(arguments.text("starter"))) + ".*$").matcher(answer).find()),
            Map.entry("combination:two_responses", (arguments, answer) -> hasTwoAnswers(answer)),
            Map.entry("combination:repeat_prompt", (arguments, answer) -> Text.strip(answer).toLowerCase(Locale.ROOT)
                    .startsWith(Text.strip(arguments.text("prompt_to_repeat")).toLowerCase(Locale.ROOT))),
            Map.entry("startend:end_checker", (arguments, answer) -> Text.strip(Text.strip(answer), "\"")
                    .toLowerCase(Locale.ROOT)
                    .endsWith(Text.strip(arguments.text("end_phrase")).toLowerCase(Locale.ROOT))),
            Map.entry("startend:quotation", (arguments, answer) -> isWrapped(answer, '"', '"')),
            Map.entry("change_case:capital_word_frequency", (arguments, answer) -> arguments.isSatisfied(
                    (int) TreebankWords.of(answer).stream().filter(Text::isUpper).count(), "capital_relation",
                    "capital_frequency")),
            Map.entry("change_case:english_capital", (arguments, answer) -> Text.isUpper(answer) && isEnglish(answer)),
            Map.entry("change_case:english_lowercase",
                    (arguments, answer) -> Text.isLower(answer) && isEnglish(answer)),
            Map.entry("punctuation:no_comma", (arguments, answer) -> answer.indexOf(',') < 0));

    private Rules() {
    }

    static boolean isInLanguage(Arguments arguments, String answer) {
        return Languages.of(answer).map(language -> language.equals(arguments.text("language"))).orElse(true);
    }

    private static boolean isEnglish(String answer) {
        return Languages.of(answer).map(language -> language.equals("en")).orElse(true);
    }

    private static boolean avoidsWords(Arguments arguments, String answer) {
        return arguments.texts("forbidden_words").stream().noneMatch(word -> Pattern.compile("\\b" + Pattern.quote(word)
                + "\\b", Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE | Pattern.UNICODE_CHARACTER_CLASS)
                .matcher(answer).find());
    }

    /// In place of a sign that is no letter the published checker draws a letter at random; here the sign's code draws
    /// it, so that the verdict is the same on every run.
    private static boolean hasLetters(Arguments arguments, String answer) {
        String asked = arguments.text("letter").toLowerCase(Locale.ROOT);
        boolean isLetter = asked.length() == 1 && asked.charAt(0) >= 'a' && asked.charAt(0) <= 'z';
        int letter = isLetter ? asked.charAt(0) : 'a' + (asked.isEmpty() ? 0 : asked.charAt(0) % 26);
        int count = (int) answer.toLowerCase(Locale.ROOT).codePoints().filter(c -> c == letter).count();
        return arguments.isSatisfied(count, "let_relation", "let_frequency");
    }

    private static boolean hasSentences(Arguments arguments, String answer) {
        List<String> sentences = Sentences.of(answer).stream().map(Text::strip).toList();
        return arguments.texts("key_sentences").stream().filter(sentences::contains).count()
                == arguments.number("num_sentences");
    }

    static boolean hasDividedParagraphs(Arguments arguments, String answer) {
        String[] paragraphs = DIVIDER.split(answer, -1);
        int count = paragraphs.length;
        for (int index = 0; index < paragraphs.length; index++) {
            if (Text.isEmpty(paragraphs[index])) {
                if (index != 0 && index != paragraphs.length - 1) {
                    return false;
                }
                count--;
            }
        }
        return count == arguments.number("num_paragraphs");
    }

    /// The paragraph that has to begin with a word, if there are as many paragraphs as there have to be.
    static String nthParagraph(Arguments arguments, String answer) {
        String[] paragraphs = answer.split("\n\n", -1);
        int count = 0;
        for (String paragraph : paragraphs) {
            count += Text.isEmpty(paragraph) ? 0 : 1;
        }
        int nth = arguments.number("nth_paragraph");
        return nth < 1 || nth > count || count != arguments.number("num_paragraphs") ? ""
                : Text.strip(paragraphs[nth - 1]);
    }

    private static boolean beginsParagraph(Arguments arguments, String answer) {
        String paragraph = nthParagraph(arguments, answer);
        int end = 0;
        while (end < paragraph.length() && !Text.isBlank(paragraph.charAt(end))) {
            end++;
        }
        String word = paragraph.substring(0, end);
        int start = 0;
        while (start < word.length() && word.charAt(start) == '\'') {
            start++;
        }
        while (start < word.length() && word.charAt(start) == '"') {
            start++;
        }
        int last = start;
        while (last < word.length() && ".,?!'\"".indexOf(word.charAt(last)) < 0) {
            last++;
        }
        return !paragraph.isEmpty() && word.substring(start, last).toLowerCase(Locale.ROOT)
                .equals(arguments.text("first_word").toLowerCase(Locale.ROOT));
    }

    private static boolean hasPostscript(Arguments arguments, String answer) {
        return postscript(Text.strip(arguments.text("postscript_marker")))
                .matcher(answer.toLowerCase(Locale.ROOT)).find();
    }

    static Pattern postscript(String marker) {
        return Text.linePattern(switch (marker) {
            case "P.P.S" -> "\\s*p\\.\\s?p\\.\\s?s.*$";
            case "P.S." -> "\\s*p\\.\\s?s\\..*$";
            default -> "\\s*" + Pattern.quote(marker.toLowerCase(Locale.ROOT)) + ".*$";
        });
    }

    private static boolean sharesWords(Arguments arguments, String answer) {
        List<String> said = words(answer);
        int shared = 0;
        for (String word : words(arguments.text("original_paragraph"))) {
            shared += said.remove(word) ? 1 : 0;
        }
        return shared >= arguments.number("low") && shared <= arguments.number("high");
    }

    private static List<String> words(String text) {
        return new ArrayList<>(WORD.matcher(text.toLowerCase(Locale.ROOT)).results()
                .map(word -> word.group()).toList());
    }

    private static int highlights(String answer) {
        return (int) (HIGHLIGHT.matcher(answer).results()
                .filter(highlight -> !Text.isEmpty(Text.strip(highlight.group(), "*"))).count()
                + DOUBLE_HIGHLIGHT.matcher(answer).results()
                .filter(highlight -> !Text.isEmpty(highlight.group().substring(2, highlight.group().length() - 2)))
                .count());
    }

    private static boolean hasSections(Arguments arguments, String answer) {
        var section = Text.pattern("\\s?" + Pattern.quote(Text.strip(arguments.text("section_spliter")))
                + "\\s?\\d+\\s?");
        return Text.count(section, answer) >= arguments.number("num_sections");
    }

    static boolean isJson(String answer) {
        String text = Text.strip(answer);
        for (String fence : FENCES) {
            text = text.startsWith(fence) ? text.substring(fence.length()) : text;
        }
        text = Text.strip(text.endsWith("```") ? text.substring(0, text.length() - 3) : text);
        if (text.isEmpty()) {
            return false;
        }
        try {
            JSON.readTree(text);
            return true;
        } catch (JacksonException malformed) {
            return false;
        }
    }

    private static boolean isRephrased(Arguments arguments, String answer) {
        String original = arguments.text("original_message");
        if (!CHANGE.matcher(answer).find() || !CHANGE.matcher(original).find()) {
            throw new IllegalArgumentException("rephrasing: neither message nor answer can be without a part between"
                    + " asterisks, which is what may change");
        }
        return CHANGE.matcher(answer).replaceAll("").equals(CHANGE.matcher(original).replaceAll(""));
    }

    static boolean hasTwoAnswers(String answer) {
        String[] answers = answer.split("\\*{6}", -1);
        List<String> given = new ArrayList<>();
        for (int index = 0; index < answers.length; index++) {
            if (!Text.isEmpty(answers[index])) {
                given.add(Text.strip(answers[index]));
            } else if (index != 0 && index != answers.length - 1) {
                return false;
            }
        }
        return given.size() == 2 && !given.getFirst().equals(given.getLast());
    }

    static boolean isWrapped(String answer, char open, char close) {
        String text = Text.strip(answer);
        return text.length() > 1 && text.charAt(0) == open && text.charAt(text.length() - 1) == close;
    }
}
