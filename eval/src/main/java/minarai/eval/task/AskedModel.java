package minarai.eval.task;

import java.util.List;
import minarai.eval.metric.Likelihood;

/// A model as tasks see it. The methods that ask it take many requests, which it may run side by side, and answer in
/// their order.
public interface AskedModel {

    /// A prompt to be continued.
    ///
    /// @param turns     what was said so far, the user first and then in turn; the last one is to be answered
    /// @param until     texts that end the answer and are not part of it
    /// @param maxTokens of the answer
    record Prompt(List<String> turns, List<String> until, int maxTokens) {
        public Prompt {
            turns = List.copyOf(turns);
            until = List.copyOf(until);
        }
    }

    /// A text and what may follow it.
    record Continuation(String context, String text) {
    }

    /// How likely a continuation is.
    ///
    /// @param likelihood of its tokens together
    /// @param isGreedy   whether the model would have chosen each of them
    record Scored(Likelihood likelihood, boolean isGreedy) {
    }

    /// Whether prompts are put into a chat template, rather than continued as they are.
    boolean isChat();

    /// What identifies the tokenizer, e.g. its hash: figures per token are of one tokenizer.
    String tokenizer();

    /// The most tokens it takes at once.
    int mostPositions();

    /// How many of them a prompt takes, without an answer.
    int positions(Prompt prompt);

    /// How many a text takes with what follows it.
    int positions(Continuation continuation);

    /// Continues prompts. Where tokens are drawn, equal prompts get draws of their own.
    List<String> generate(List<Prompt> prompts, Drawing drawing);

    /// How likely continuations are.
    List<Scored> score(List<Continuation> continuations);

    /// How likely whole texts are, every token once.
    List<Likelihood> rolling(List<String> texts);

    /// What the model's base, without any adapter, makes of texts at its last layer, before the head: for each text
    /// tokens x features, special tokens left out; no row for an empty text.
    List<float[][]> features(List<String> texts);
}
