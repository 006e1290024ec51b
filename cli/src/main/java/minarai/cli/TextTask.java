package minarai.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import minarai.eval.metric.Likelihood;
import minarai.eval.results.Measure;
import minarai.eval.results.TaskResult;
import minarai.models.Inference;
import minarai.models.ModelSource;

/// Measures how well a model expects a text. The text is cut into windows; each begins with the last token of the one
/// before it, the first with the beginning-of-text token, so that every token is predicted exactly once.
final class TextTask {

    private static final int VERSION = 1;
    private static final int LONGEST_WINDOW = 1024;

    private final ModelSource source;
    private final Inference inference;

    TextTask(ModelSource source, Inference inference) {
        this.source = source;
        this.inference = inference;
    }

    /// @throws IllegalArgumentException if the text is empty or the model has no token to begin it with
    TaskResult result(Path file, String name) {
        String text = InputLines.text(file);
        int[] words = source.tokenizer().encode(text).ids();
        if (words.length == 0) {
            throw new IllegalArgumentException("%s is empty; there is nothing to measure".formatted(file));
        }
        int[] ids = IntStream.concat(IntStream.of(start(source)), IntStream.of(words)).toArray();
        int window = Math.min(LONGEST_WINDOW, inference.model().maxPositions());
        double sum = 0;
        for (int first = 0; first < ids.length - 1; first += window - 1) {
            int[] sequence = Arrays.copyOfRange(ids, first, Math.min(ids.length, first + window));
            for (float loss : inference.losses(List.of(sequence)).getFirst()) {
                sum += loss;
            }
        }
        var likelihood = new Likelihood(-sum, words.length, text.getBytes(StandardCharsets.UTF_8).length);
        return new TaskResult(name, file.getFileName().toString(), VERSION, 0, 1,
                List.of(Measure.bitsPerByte(likelihood), Measure.perplexity(likelihood, source.folder().path().getFileName()
                        .toString())), List.of(), Map.of("window", String.valueOf(window)));
    }

    /// The token that a text begins with where the model has seen nothing yet.
    static int start(ModelSource source) {
        var config = source.config();
        return config.bosId().orElseGet(() -> config.eosIds().stream().findFirst().orElseThrow(() ->
                new IllegalArgumentException(("the model %s has neither a beginning- nor an end-of-text token, so there "
                        + "is none to begin the text with").formatted(source.folder().path()))));
    }
}
