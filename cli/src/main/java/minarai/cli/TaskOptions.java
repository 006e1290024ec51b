package minarai.cli;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import minarai.eval.task.Kind;
import minarai.eval.task.TaskDefinition;

/// What was asked for beyond what tasks say of themselves; nothing of it is passed over in silence.
///
/// @param maxTokens  of an answer
/// @param fewShot    worked examples before each question
/// @param isUnspaced whether answers are compared as fits text without blanks between words
record TaskOptions(Optional<Integer> maxTokens, Optional<Integer> fewShot, boolean isUnspaced) {

    /// An option that was given, and what it has an effect on besides files of pairs.
    private record Given(String option, Predicate<TaskDefinition> changes) {
    }

    /// The task a user names, asked as the options say; nothing for files of pairs and of text.
    ///
    /// @throws IllegalArgumentException if the task file is not sound
    Optional<TaskDefinition> find(String named) {
        return TaskSource.find(named).map(task -> {
            TaskDefinition shown = fewShot.filter(shots -> task.kind().showsExamples())
                    .map(shots -> task.with(task.until(), shots)).orElse(task);
            TaskDefinition cut = maxTokens.filter(most -> task.kind().isGenerated()).map(shown::withMaxTokens)
                    .orElse(shown);
            return isUnspaced && task.kind() == Kind.GENERATE ? cut.unspaced() : cut;
        });
    }

    /// Says where an option has no effect.
    ///
    /// @throws IllegalArgumentException if one has none at all
    void require(List<String> tasks, Console console) {
        for (Given given : given()) {
            List<String> idle = tasks.stream().filter(named -> TaskSource.find(named)
                    .map(task -> !given.changes.test(task)).orElse(TextTask.isText(named))).toList();
            if (idle.size() == tasks.size()) {
                throw new IllegalArgumentException(("%s does nothing for %s; leave it out").formatted(given.option,
                        String.join(", ", idle)));
            }
            idle.forEach(named -> console.remark("%s does nothing for %s", given.option, named));
        }
    }

    private List<Given> given() {
        var all = List.of(new Given("--max-tokens", task -> task.kind().isGenerated()),
                new Given("--few-shot", task -> task.kind().showsExamples()),
                new Given("--unspaced", task -> task.kind() == Kind.GENERATE
                        && !task.unspaced().metrics().equals(task.metrics())));
        var isGiven = List.of(maxTokens.isPresent(), fewShot.isPresent(), isUnspaced);
        return all.stream().filter(each -> isGiven.get(all.indexOf(each))).toList();
    }
}
