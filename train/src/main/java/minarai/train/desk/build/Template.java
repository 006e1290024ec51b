package minarai.train.desk.build;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import minarai.train.data.Names;
import minarai.train.data.Place;
import minarai.train.data.Row;
import minarai.train.data.RowReader;

/// A wording of a task, with `{field}` where the value of a row's field goes.
///
/// @param name   as the built rows name it
/// @param prompt what is asked
/// @param answer what is answered
public record Template(String name, String prompt, String answer) {

    private static final Pattern FIELD = Pattern.compile("\\{([\\p{L}_][\\p{L}\\p{N}_ -]{0,40})\\}");

    /// The kinds of task for which there are templates, and their fields.
    public static final Map<String, String> KINDS = Map.of("classify", "text, label", "question", "question, answer",
            "entail", "premise, hypothesis, label", "summarize", "text, summary", "title", "text, title");

    private static final Map<String, List<String>> PROMPTS = Map.of(
            "classify", List.of("Which of these fits the text: {options}?\n\n{text}",
                    "{text}\n\nChoose a label for the text above from: {options}.",
                    "Read the text and say what it is. Possible answers: {options}.\nText: {text}",
                    "Sort this text into one of the classes {options}:\n{text}",
                    "Text: {text}\nOptions: {options}\nWhich option is right?",
                    "I have a text and need its class ({options}). The text is:\n{text}",
                    "次の文章に当てはまるものを選んでください。選択肢: {options}\n\n{text}", "{text}\n\n上の文章の分類を次から一つ答えてください: {options}",
                    "文章を読んで、{options}のどれかを答えなさい。\n文章: {text}", "次のテキストを分類してください（{options}）。\n{text}"),
            "question", List.of("{question}", "Answer the question: {question}", "Question: {question}\nAnswer:",
                    "Please tell me: {question}", "Here is something I want to know. {question}",
                    "Give a short answer.\n\n{question}", "質問に答えてください。\n{question}", "次の質問の答えは何ですか。\n\n{question}",
                    "{question}\n簡潔に答えてください。", "教えてください: {question}"),
            "entail", List.of("{premise}\n\nDoes it follow that \"{hypothesis}\"? Choose from: {options}.",
                    "First: {premise}\nSecond: {hypothesis}\nHow do the two go together? Options: {options}.",
                    "Suppose that {premise}\nWhat can be said of \"{hypothesis}\": {options}?",
                    "Read this: {premise}\nThen judge this claim: {hypothesis}\nAnswer with one of {options}.",
                    "Given \"{premise}\", the sentence \"{hypothesis}\" is one of {options}. Which?",
                    "Compare the statement with the text ({options}).\nText: {premise}\nStatement: {hypothesis}",
                    "前提: {premise}\n仮説: {hypothesis}\n関係を次から選んでください: {options}",
                    "「{premise}」のとき、「{hypothesis}」と言えますか。{options}で答えてください。",
                    "二つの文の関係を答えてください（{options}）。\n1: {premise}\n2: {hypothesis}",
                    "{premise}\nこの文から「{hypothesis}」について何が言えますか。選択肢: {options}"),
            "summarize", List.of("Summarize the text.\n\n{text}", "{text}\n\nWhat is this about, in brief?",
                    "Say the same in fewer words:\n{text}", "Write a summary of the following:\n{text}",
                    "Text: {text}\n\nIts main point:", "Shorten this to what matters.\n\n{text}",
                    "次の文章を要約してください。\n\n{text}",
                    "{text}\n\n要点をまとめてください。", "短くまとめると、どうなりますか。\n{text}", "以下の内容を簡潔に説明してください。\n{text}"),
            "title", List.of("Give the text a title.\n\n{text}", "{text}\n\nWhat would be a good headline for this?",
                    "Find a title for the following:\n{text}", "How might this be called?\n\n{text}",
                    "Write a headline.\nText: {text}", "Name this piece of text:\n{text}", "次の文章に題名を付けてください。\n\n{text}",
                    "{text}\n\nこの文章の見出しを考えてください。", "ふさわしいタイトルを答えてください。\n{text}", "題名を一つ書いてください。\n\n本文: {text}"));

    /// @throws IllegalArgumentException if either text is blank
    public Template {
        if (prompt.isBlank() || answer.isBlank()) {
            throw new IllegalArgumentException("the template %s needs a prompt and an answer, both with {fields}"
                    .formatted(name));
        }
    }

    /// Our own templates for a kind of task.
    ///
    /// @throws IllegalArgumentException if there are none for it
    public static List<Template> of(String kind) {
        List<String> prompts = PROMPTS.get(kind);
        if (prompts == null) {
            throw new IllegalArgumentException(("no templates for %s%s. There are some for %s; or name a file of"
                    + " your own").formatted(Names.clipped(kind), Names.suggestion(kind, KINDS.keySet()),
                            KINDS.entrySet().stream().sorted(Map.Entry.comparingByKey())
                                    .map(each -> each.getKey() + " (" + each.getValue() + ")")
                                    .collect(Collectors.joining(", "))));
        }
        String fields = KINDS.getOrDefault(kind, "");
        String answer = "{" + fields.substring(fields.lastIndexOf(' ') + 1) + "}";
        var templates = new ArrayList<Template>();
        prompts.forEach(prompt -> templates.add(new Template(kind + "-" + (templates.size() + 1), prompt, answer)));
        return List.copyOf(templates);
    }

    /// Templates from a file of rows with `prompt` and `answer`, and a `name` if one likes.
    ///
    /// @throws IllegalArgumentException if a row has no such texts, with its place
    public static List<Template> read(Path file) {
        var templates = new ArrayList<Template>();
        try (var rows = RowReader.open(file)) {
            for (Optional<Row> row = rows.next(); row.isPresent(); row = rows.next()) {
                Place place = row.get().place();
                templates.add(new Template(text(row.get(), "name").orElse("template-" + (templates.size() + 1)),
                        text(row.get(), "prompt").orElseThrow(() ->
                        place.problem("a template needs a prompt with {fields}")),
                        text(row.get(), "answer").orElseThrow(() ->
                        place.problem("a template needs an answer, e.g. {label}"))));
            }
        }
        return List.copyOf(templates);
    }

    private static Optional<String> text(Row row, String key) {
        return Optional.of(row.fields().path(key)).filter(value -> value.isString() && !value.stringValue().isBlank())
                .map(value -> value.stringValue());
    }

    /// The prompt with fields filled in. What is filled in is not looked at again, so a `{label}` inside a text stays.
    ///
    /// @param value of a field; to throw where there is none
    public String ask(UnaryOperator<String> value) {
        return filled(prompt, value);
    }

    /// The answer with fields filled in.
    public String say(UnaryOperator<String> value) {
        return filled(answer, value);
    }

    private static String filled(String text, UnaryOperator<String> value) {
        return FIELD.matcher(text).replaceAll(match -> Matcher.quoteReplacement(value.apply(match.group(1))));
    }

    /// The field that is the answer, where it is one and nothing else.
    Optional<String> answerField() {
        Matcher matcher = FIELD.matcher(answer);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
