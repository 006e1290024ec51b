package minarai.eval.results;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import minarai.eval.Answered;

/// What one model reached on one task.
///
/// @param task     name, of letters, digits, `.`, `_` and `-`; it becomes part of a file name
/// @param alias    name for readers
/// @param version  of the task; it changes whenever a score could
/// @param shots    worked examples in the prompt
/// @param original items the task has
/// @param measures its figures
/// @param answered the items that were answered; empty where text was only scored
/// @param settings whatever else decides the figures, e.g. the greatest number of new tokens
public record TaskResult(String task, String alias, int version, int shots, int original, List<Measure> measures,
        List<Answered> answered, Map<String, String> settings) {

    /// The setting that says whether prompts were put into the chat template, `true` or `false`.
    public static final String CHAT = "apply_chat_template";
    /// The setting that says what stands between prompt and answer; a blank where there is none.
    public static final String DELIMITER = "delimiter";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    /// @throws IllegalArgumentException if the name cannot be part of a file name or a number is negative
    public TaskResult {
        measures = List.copyOf(measures);
        answered = List.copyOf(answered);
        settings = Map.copyOf(settings);
        if (!NAME.matcher(task).matches()) {
            throw new IllegalArgumentException("the task's name '" + task + "' becomes part of a file name; needed: 1"
                    + " to 100 letters, digits, '.', '_' or '-', beginning with a letter or digit");
        }
        if (shots < 0 || original < answered.size()) {
            throw new IllegalArgumentException("task " + task + " with " + shots + " shots and " + answered.size()
                    + " answers to " + original + " items; needed: no negative number, and no more answers than items");
        }
    }

    /// Whether prompts were put into the chat template.
    public boolean isChat() {
        return Boolean.parseBoolean(settings.get(CHAT));
    }

    /// The settings in the order of their names.
    Map<String, String> orderedSettings() {
        return new TreeMap<>(settings);
    }
}
