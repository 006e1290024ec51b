package minarai.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import minarai.models.Inference;
import minarai.models.decoding.Guidance;
import minarai.models.decoding.TextStream;
import minarai.tokenizer.StreamingDecoder;

/// A model that is asked, and how it is to answer.
///
/// @param opened   with a tokenizer, or answers are ids
/// @param sampling how tokens are chosen
/// @param ends     tokens that end an answer
record Answering(Inference inference, OpenModel opened, SamplingOptions sampling, Set<Integer> ends) {

    /// What the model said.
    ///
    /// @param text    up to the first stop string; of a model without tokenizer its ids
    /// @param ids     its tokens, those of a stop string included
    /// @param scored  its tokens with the end token, if one came
    /// @param isEnded whether it came to an end by itself
    record Answer(String text, int[] ids, int[] scored, boolean isEnded) {

        /// As other programs see it.
        Map<String, Object> fields(OpenModel opened) {
            var fields = new LinkedHashMap<String, Object>();
            opened.source().ifPresent(_ -> fields.put("text", text));
            fields.put("ids", ids);
            fields.put("finish_reason", isEnded ? "stop" : "length");
            return fields;
        }
    }

    /// Continues a prompt; `listener` hears the text as it becomes certain.
    Answer answer(int[] prompt, Consumer<String> listener) {
        return answers(prompt, 1, listener).getFirst();
    }

    /// Several answers to one prompt, each with random numbers of its own.
    List<Answer> answers(int[] prompt, int count) {
        return answers(prompt, count, text -> { });
    }

    private List<Answer> answers(int[] prompt, int count, Consumer<String> listener) {
        var streams = new ArrayList<TextStream>();
        Guidance hearing = (sequence, asked, room) -> {
            var stream = new TextStream(decoder(), sampling.stops, listener);
            streams.add(stream);
            return stream;
        };
        var limits = new Inference.Limits(sampling.maxTokens, ends);
        var completions = inference.generate(Collections.nCopies(count, prompt), sampling.sampler(), limits,
                (sequence, id) -> { }, Guidance.of(List.of(sampling.guidance(opened, ends), hearing)));
        var answers = new ArrayList<Answer>();
        for (int i = 0; i < count; i++) {
            var completion = completions.get(i);
            answers.add(new Answer(streams.get(i).finish(), completion.ids(), completion.idsWithEnd(),
                    completion.isEnded()));
        }
        return answers;
    }

    private StreamingDecoder decoder() {
        Optional<StreamingDecoder> ofTokenizer = opened.source().map(source -> source.tokenizer().streamingDecoder());
        return ofTokenizer.orElseGet(Ids::new);
    }

    /// Ids in place of text, where there is no tokenizer.
    private static final class Ids implements StreamingDecoder {

        @Override
        public String add(int id) {
            return id + " ";
        }

        @Override
        public String finish() {
            return "";
        }
    }
}
