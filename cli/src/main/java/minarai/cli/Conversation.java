package minarai.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.Sampler;
import minarai.tokenizer.chat.Message;

/// A talk with a model. Each answer is given to the whole talk so far, rendered anew by the chat template.
final class Conversation {

    private final ModelSource source;
    private final Inference inference;
    private final Sampler sampler;
    private final Inference.Limits limits;
    private final List<Message> turns = new ArrayList<>();

    /// What the model said.
    ///
    /// @param isEnded whether it came to an end by itself
    record Answer(String text, int[] ids, boolean isEnded) {
    }

    Conversation(ModelSource source, Inference inference, Sampler sampler, int maxTokens) {
        this.source = source;
        this.inference = inference;
        this.sampler = sampler;
        this.limits = new Inference.Limits(maxTokens, source.ends());
    }

    /// Forgets all turns.
    void reset() {
        turns.clear();
    }

    /// Asks; `listener` hears the answer as it comes. A question that is not answered to its end leaves no turn.
    ///
    /// @throws IllegalArgumentException if the talk is longer than the model can take
    Answer ask(String question, Consumer<String> listener) {
        var asked = new ArrayList<>(turns);
        asked.add(Message.user(question));
        int[] prompt = source.requireTemplate().render(source.tokenizer(), asked, true).ids();
        var decoder = source.tokenizer().streamingDecoder();
        var completion = inference.generate(prompt, sampler, limits, (sequence, id) -> listener.accept(decoder.add(id)));
        listener.accept(decoder.finish());
        String text = source.tokenizer().decode(completion.ids());
        turns.clear();
        turns.addAll(asked);
        turns.add(Message.assistant(text));
        return new Answer(text, completion.ids(), completion.isEnded());
    }
}
