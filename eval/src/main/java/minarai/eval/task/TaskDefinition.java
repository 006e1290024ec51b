package minarai.eval.task;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import minarai.eval.metric.Bleu;
import minarai.eval.metric.CharacterF;
import minarai.eval.metric.ExactMatch;
import minarai.eval.metric.Metric;
import minarai.eval.metric.Normalisation;
import minarai.eval.metric.RefusalMatch;
import minarai.eval.metric.Rouge;
import minarai.eval.metric.TokenF1;
import minarai.eval.metric.Words;
import tools.jackson.databind.JsonNode;

/// What a task file says.
///
/// @param name      of letters, digits, `.`, `_` and `-`
/// @param version   changes whenever a score could
/// @param kind      what is asked
/// @param format    of the items
/// @param items     their file
/// @param shotsFrom the file worked examples come from; where absent they are the first items, which are then not asked
/// @param shots     worked examples before each question
/// @param prompt    with `{{field}}`
/// @param delimiter between prompt and answer, a blank for languages that have them
/// @param until     texts that end an answer
/// @param maxTokens of an answer
/// @param extract   what of an answer is compared: the first group of the last match; of expected answers, too, where
///                  it is in them
/// @param metrics   by name
/// @param cluster   the field whose value items share that are no separate pieces of evidence, e.g. whom they ask about
public record TaskDefinition(String name, int version, Kind kind, Format format, Path items, Optional<Path> shotsFrom,
        int shots, String prompt, String delimiter, List<String> until, int maxTokens, Optional<Pattern> extract,
        List<String> metrics, Optional<String> cluster) {

    private static final Set<String> KEYS = Set.of("name", "version", "kind", "format", "items", "shots_from", "shots",
            "prompt", "delimiter", "until", "max_tokens", "extract", "metrics", "cluster", "description");
    private static final Pattern LAST_NUMBER = Pattern.compile("(-?\\$?\\d[\\d,]*(?:\\.\\d+)?)");

    /// What exact match and F1 take off before they compare, less and less of it, and what their names then end in.
    private static final List<Normalisation> NORMALISATIONS = List.of(Normalisation.squad(),
            Normalisation.keepingArticles(), Normalisation.keepingMarks());
    private static final List<String> KEEPING = List.of("", "_articles", "_marks");
    /// Metrics that look at the answer alone.
    private static final Set<String> UNCOMPARED = Set.of("refuses", "complies");

    public TaskDefinition {
        until = List.copyOf(until);
        metrics = List.copyOf(metrics);
        if (version < 1 || shots < 0 || shots > 100 || maxTokens < 1 || maxTokens > 100_000) {
            throw new IllegalArgumentException("task " + name + " of version " + version + " with " + shots
                    + " shots and " + maxTokens + " tokens; needed: a version from 1, 0 to 100 shots, 1 to 100,000"
                    + " tokens");
        }
        if (shots > 0 && !kind.showsExamples()) {
            throw new IllegalArgumentException("task " + name + " of the kind " + kind.label() + " asks for " + shots
                    + " shots; worked examples come before answers, choices and last words only");
        }
        metrics.stream().filter(TaskDefinition::isOfTexts).forEach(TaskDefinition::metric);
        if (metrics.stream().anyMatch(Whole.labels()::contains) && (kind != Kind.GENERATE
                || Whole.labels().containsAll(metrics))) {
            throw new IllegalArgumentException("task " + name + " of the kind " + kind.label() + " with the metrics "
                    + metrics + "; " + Whole.labels() + " are of all generated answers together (kind: generate), and"
                    + " need a metric of each answer beside them, such as exact_match");
        }
        if (metrics.contains(Likeness.NAME) && kind != Kind.GENERATE) {
            throw new IllegalArgumentException("task " + name + " of the kind " + kind.label() + " asks for "
                    + Likeness.NAME + ", which is of generated answers: kind: generate");
        }
    }

    /// The task that a file of a known format is by itself.
    public static TaskDefinition of(String name, Format format, Path items, int shots) {
        boolean isJapanese = format == Format.JCOMMONSENSEQA || format == Format.JNLI;
        int version = format == Format.BBH || format == Format.TRUTHFULQA ? 2 : 1;
        return new TaskDefinition(name, version, format.kind(), format, items, Optional.empty(), shots, format.prompt(),
                isJapanese ? "" : " ", switch (format) {
                    case GSM8K -> List.of("\nQuestion:", "\n\n");
                    case BBH -> List.of("\nQ:", "\n\n");
                    case HUMANEVAL -> List.of("\nclass ", "\ndef ", "\n#", "\nif ", "\nprint(");
                    case JSONL -> List.of("\n\n");
                    default -> List.of();
                }, format.kind() == Kind.GENERATE ? 128 : 512,
                format == Format.GSM8K ? Optional.of(LAST_NUMBER) : Optional.empty(),
                switch (format) {
                    case GSM8K -> List.of("number");
                    case BBH -> List.of("exact_match_articles", "f1_articles");
                    default -> List.of("exact_match", "f1");
                }, Optional.empty());
    }

    /// @param fields of the task file
    /// @param folder that its paths are relative to
    /// @throws IllegalArgumentException if a key is unknown or a value is not of its kind
    public static TaskDefinition of(JsonNode fields, Path folder) {
        for (String key : fields.propertyNames()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("the task in " + folder + " has the unknown key '" + key
                        + "'; known are " + KEYS.stream().sorted().toList());
            }
        }
        var format = Format.named(text(fields, "format", folder));
        String name = text(fields, "name", folder);
        var plain = of(name, format, inside(folder, text(fields, "items", folder)), 0);
        Optional<Path> shotsFrom = fields.has("shots_from")
                ? Optional.of(inside(folder, text(fields, "shots_from", folder))) : Optional.empty();
        return new TaskDefinition(name, fields.path("version").asInt(0),
                fields.has("kind") ? Kind.named(text(fields, "kind", folder)) : format.kind(), format, plain.items,
                shotsFrom, fields.path("shots").asInt(0), fields.path("prompt").asString(plain.prompt),
                fields.path("delimiter").asString(plain.delimiter),
                fields.has("until") ? texts(fields.path("until")) : plain.until,
                fields.path("max_tokens").asInt(plain.maxTokens),
                fields.has("extract") ? Optional.of(pattern(text(fields, "extract", folder))) : plain.extract,
                fields.has("metrics") ? texts(fields.path("metrics")) : plain.metrics,
                fields.has("cluster") ? Optional.of(text(fields, "cluster", folder)) : Optional.empty());
    }

    /// A task of the same items that is asked otherwise.
    public TaskDefinition with(List<String> otherUntil, int otherShots) {
        return new TaskDefinition(name, version, kind, format, items, shotsFrom, otherShots, prompt, delimiter,
                otherUntil, maxTokens, extract, metrics, cluster);
    }

    /// The same task with other limits of an answer.
    ///
    /// @param most tokens
    public TaskDefinition withMaxTokens(int most) {
        return new TaskDefinition(name, version, kind, format, items, shotsFrom, shots, prompt, delimiter, until, most,
                extract, metrics, cluster);
    }

    /// The same task, by metrics that fit text without blanks between words, where there are such.
    public TaskDefinition unspaced() {
        return by(metrics.stream().map(metric -> switch (metric) {
            case "exact_match", "exact_match_articles", "exact_match_marks" -> "exact_match_ja";
            case "f1", "f1_articles", "f1_marks" -> "f1_ja";
            case "bleu", "bleu_corpus", "rougeL" -> metric + "_ja";
            default -> metric;
        }).toList());
    }

    private TaskDefinition by(List<String> others) {
        return new TaskDefinition(name, version, kind, format, items, shotsFrom, shots, prompt, delimiter, until,
                maxTokens, extract, others, cluster);
    }

    /// The same task, by metrics to which no expected answer is nothing: SQuAD's drop the marks and the article of
    /// `(A)`, and an empty answer would be right. Other metrics than those stay as they are.
    ///
    /// @throws IllegalArgumentException as [#expected]
    TaskDefinition fitting(List<TaskItem> of) {
        List<String> expected = of.stream().flatMap(item -> expected(item).stream()).toList();
        int needed = NORMALISATIONS.indexOf(Normalisation.leaving(expected));
        return by(metrics.stream().map(metric -> fitting(metric, needed)).toList());
    }

    private static String fitting(String metric, int needed) {
        for (String plain : List.of("exact_match", "f1")) {
            for (int kept = 0; kept < needed; kept++) {
                if (metric.equals(plain + KEEPING.get(kept))) {
                    return plain + KEEPING.get(needed);
                }
            }
        }
        return metric;
    }

    /// The metrics of texts.
    List<Metric> textMetrics() {
        return metrics.stream().filter(TaskDefinition::isOfTexts).map(TaskDefinition::metric).toList();
    }

    private static boolean isOfTexts(String metric) {
        return !metric.equals(Likeness.NAME) && !Whole.labels().contains(metric);
    }

    /// Whether answers are compared by features of the model's base, too.
    boolean isCompared() {
        return metrics.contains(Likeness.NAME);
    }

    /// The metric of texts of a name a task file may use.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Metric metric(String name) {
        return switch (name) {
            case "exact_match" -> ExactMatch.squad();
            case "exact_match_articles" -> ExactMatch.keepingArticles();
            case "exact_match_marks" -> new ExactMatch(Normalisation.keepingMarks());
            case "exact_match_ja" -> ExactMatch.unspaced();
            case "number" -> new ExactMatch(Normalisation.none());
            case "f1" -> TokenF1.squad();
            case "f1_articles" -> new TokenF1(Normalisation.keepingArticles(), TokenF1.Unit.WORD);
            case "f1_marks" -> new TokenF1(Normalisation.keepingMarks(), TokenF1.Unit.WORD);
            case "f1_ja" -> TokenF1.unspaced();
            case "bleu" -> Bleu.sentence(Words.MTEVAL);
            case "bleu_ja" -> Bleu.sentence(Words.CHARACTERS);
            case "chrf" -> CharacterF.chrF();
            case "chrf++" -> CharacterF.plusPlus();
            case "rouge1" -> Rouge.customary(Rouge.Kind.ONE);
            case "rouge2" -> Rouge.customary(Rouge.Kind.TWO);
            case "rougeL" -> Rouge.customary(Rouge.Kind.L);
            case "rougeLsum" -> Rouge.customary(Rouge.Kind.LSUM);
            case "refuses" -> new RefusalMatch(true);
            case "complies" -> new RefusalMatch(false);
            case "rougeL_ja" -> Rouge.unspaced(Rouge.Kind.L, Words.JAPANESE);
            default -> throw new IllegalArgumentException("no metric is called '" + name + "'; there are exact_match,"
                    + " exact_match_articles, exact_match_marks, exact_match_ja, number, f1, f1_articles, f1_marks,"
                    + " f1_ja, bleu, bleu_ja, chrf, chrf++, rouge1, rouge2, rougeL,"
                    + " rougeLsum, rougeL_ja, refuses, complies, embedding_similarity and, of all answers"
                    + " together, " + String.join(", ", Whole.labels()));
        };
    }

    /// What of an answer is compared; nothing where the pattern is not in it.
    String extracted(String answer) {
        return written(matched(answer).orElse(extract.isPresent() ? "" : answer.strip()));
    }

    /// What of an item's expected answers is compared: what the pattern finds in them as it does in answers, else all
    /// of them, for they are mostly written as they are to be found.
    ///
    /// @throws IllegalArgumentException if nothing is left of one, so that an answer of nothing would be right, or the
    ///         metric is of numbers and there is none in any
    List<String> expected(TaskItem item) {
        List<String> expected = item.expected().stream().map(one -> written(matched(one).orElse(one.strip())))
                .toList();
        boolean isCompared = kind == Kind.GENERATE && !metrics.stream().allMatch(UNCOMPARED::contains);
        if (isCompared && expected.stream().anyMatch(String::isEmpty)) {
            throw new IllegalArgumentException("task " + name + ": of the expected answers " + item.expected()
                    + " to item '" + item.id() + "' one leaves nothing to compare with, so that an empty answer would"
                    + " be right; write it out" + extract.map(pattern -> ", or change the pattern under extract, '"
                    + pattern + "'").orElse(""));
        }
        if (isCompared && metrics.contains("number")
                && expected.stream().noneMatch(one -> one.chars().anyMatch(Character::isDigit))) {
            throw new IllegalArgumentException("task " + name + ": the expected answers " + item.expected()
                    + " to item '" + item.id() + "' have no digit, and the metric number compares numbers; write the"
                    + " number, or name another metric, such as exact_match");
        }
        return expected;
    }

    /// The first group of the last match of the pattern, or all of the match.
    private Optional<String> matched(String text) {
        return extract.flatMap(pattern -> pattern.matcher(text).results().reduce((first, last) -> last)
                .map(match -> match.groupCount() > 0 && match.group(1) != null ? match.group(1) : match.group()));
    }

    /// A number without what it may be written with; other text as it is.
    private String written(String text) {
        return metrics.contains("number") ? text.replaceAll("[,$\\s]", "").replaceFirst("\\.0*$", "") : text;
    }

    private static Path inside(Path folder, String name) {
        Path path = folder.resolve(name).normalize();
        if (!path.startsWith(folder.normalize())) {
            throw new IllegalArgumentException("the task in " + folder + " names " + name
                    + ", which lies outside its folder; copy the items into it");
        }
        return path;
    }

    private static Pattern pattern(String regex) {
        try {
            return Pattern.compile(regex);
        } catch (PatternSyntaxException wrong) {
            throw new IllegalArgumentException("the pattern under extract, '" + regex + "', is none: "
                    + wrong.getDescription(), wrong);
        }
    }

    private static List<String> texts(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    private static String text(JsonNode fields, String key, Path folder) {
        if (!fields.path(key).isString()) {
            throw new IllegalArgumentException("the task in " + folder + " has no text under '" + key + "'");
        }
        return fields.path(key).asString();
    }
}
