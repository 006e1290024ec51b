package minarai.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import minarai.models.ModelSource;
import minarai.tokenizer.chat.Message;

/// A talk with a model. Each answer is given to the whole talk so far, rendered anew by the chat template.
final class Conversation {

    private final ModelSource source;
    private final Answering answering;
    private final List<Message> turns = new ArrayList<>();

    Conversation(ModelSource source, Answering answering) {
        this.source = source;
        this.answering = answering;
    }

    /// Forgets all turns.
    void reset() {
        turns.clear();
    }

    /// Asks; `listener` hears the answer as it comes. A question that is not answered to its end leaves no turn.
    ///
    /// @throws IllegalArgumentException if the talk is longer than the model can take
    Answering.Answer ask(String question, Consumer<String> listener) {
        var asked = new ArrayList<>(turns);
        asked.add(Message.user(question));
        int[] prompt = source.requireTemplate().render(source.tokenizer(), asked, true).ids();
        var answer = answering.answer(prompt, listener);
        turns.clear();
        turns.addAll(asked);
        turns.add(Message.assistant(answer.text()));
        return answer;
    }
}
