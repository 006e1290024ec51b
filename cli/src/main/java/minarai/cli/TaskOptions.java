package minarai.cli;

import java.util.ArrayList;
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
/// @param chat       whether prompts are put into the chat template
record TaskOptions(Optional<Integer> maxTokens, Optional<Integer> fewShot, boolean isUnspaced,
        Optional<Boolean> chat) {

    /// An option that was given, and what it has an effect on.
    private record Given(String option, boolean changesPairs, Predicate<TaskDefinition> changes) {

        boolean isIdle(String named) {
            return TaskSource.find(named).map(task -> !changes.test(task))
                    .orElse(TextTask.isText(named) || !changesPairs);
        }
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
    /// @return what is wrong, if one has none at all
    Optional<String> idle(List<String> tasks, Console console) {
        for (Given given : given()) {
            List<String> idle = tasks.stream().filter(given::isIdle).toList();
            if (idle.size() == tasks.size()) {
                return Optional.of("%s does nothing for %s; leave it out".formatted(given.option,
                        String.join(", ", idle)));
            }
            idle.forEach(named -> console.remark("%s does nothing for %s", given.option, named));
        }
        return Optional.empty();
    }

    private List<Given> given() {
        var given = new ArrayList<Given>();
        maxTokens.ifPresent(most -> given.add(new Given("--max-tokens", true, task -> task.kind().isGenerated())));
        fewShot.ifPresent(shots -> given.add(new Given("--few-shot", true, task -> task.kind().showsExamples())));
        if (isUnspaced) {
            given.add(new Given("--unspaced", true, task -> task.kind() == Kind.GENERATE
                    && !task.unspaced().metrics().equals(task.metrics())));
        }
        chat.ifPresent(isChat -> given.add(new Given(isChat ? "--chat" : "--no-chat", false,
                task -> task.kind() != Kind.ROLLING)));
        return given;
    }
}
