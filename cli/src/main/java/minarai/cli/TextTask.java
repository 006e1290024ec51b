package minarai.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import minarai.eval.Answer;
import minarai.eval.Answered;
import minarai.eval.Item;
import minarai.eval.metric.Likelihood;
import minarai.eval.results.Measure;
import minarai.eval.results.TaskResult;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.tokenizer.Encoding;

/// Measures how well a model expects a text. The text is cut into windows; each begins with the last token of the one
/// before it, the first with the beginning-of-text token, so that every token is predicted exactly once. What blank
/// lines separate (or lines, where there are none) is a text of its own in the samples, so that a comparison can draw
/// among them; a token belongs to the one it begins in.
final class TextTask {

    private static final int VERSION = 1;
    private static final Pattern BETWEEN_PARAGRAPHS = Pattern.compile("(?<=\\n[ \\t\\r]{0,20}\\n)(?=\\S)");
    private static final Pattern BETWEEN_LINES = Pattern.compile("(?<=\\n)(?=\\S)");
    private static final int LONGEST_WINDOW = 1024;

    private final ModelSource source;
    private final Inference inference;

    TextTask(ModelSource source, Inference inference) {
        this.source = source;
        this.inference = inference;
    }

    /// Whether what a user names is a text to be read, and no file of pairs.
    static boolean isText(String named) {
        return named.endsWith(".txt");
    }

    /// @throws IllegalArgumentException if the text is empty or the model has no token to begin it with
    void require(Path file) {
        start(source);
        requireWords(file, source.tokenizer().encode(InputLines.text(file)));
    }

    private static void requireWords(Path file, Encoding encoding) {
        if (encoding.ids().length == 0) {
            throw new IllegalArgumentException("%s is empty; there is nothing to measure".formatted(file));
        }
    }

    /// @throws IllegalArgumentException as [#require]
    TaskResult result(Path file, String name) {
        String text = InputLines.text(file);
        Encoding encoding = source.tokenizer().encode(text);
        requireWords(file, encoding);
        int[] words = encoding.ids();
        int[] ids = IntStream.concat(IntStream.of(start(source)), IntStream.of(words)).toArray();
        int window = Math.min(LONGEST_WINDOW, inference.model().maxPositions());
        float[] losses = new float[words.length];
        for (int first = 0; first < ids.length - 1; first += window - 1) {
            int[] sequence = Arrays.copyOfRange(ids, first, Math.min(ids.length, first + window));
            float[] part = inference.losses(List.of(sequence)).getFirst();
            System.arraycopy(part, 0, losses, first, part.length);
        }
        double sum = 0;
        for (float loss : losses) {
            sum += loss;
        }
        var likelihood = new Likelihood(-sum, words.length, text.getBytes(StandardCharsets.UTF_8).length);
        List<Answered> texts = texts(name, text, encoding, losses);
        return new TaskResult(name, file.getFileName().toString(), VERSION, 0, texts.size(),
                List.of(Measure.bitsPerByte(likelihood), Measure.perplexity(likelihood, source.tokenizerSha256())),
                texts, Map.of("window", String.valueOf(window), "output_type", "loglikelihood_rolling",
                TaskResult.CHAT, "false"));
    }

    /// The texts of a file and how likely each is.
    private static List<Answered> texts(String name, String text, Encoding encoding, float[] losses) {
        var texts = new ArrayList<Answered>();
        int token = 0;
        int end = 0;
        List<String> parts = parts(text);
        for (String part : parts) {
            end += part.codePointCount(0, part.length());
            boolean isLast = texts.size() == parts.size() - 1;
            double sum = 0;
            int first = token;
            for (; token < losses.length && (isLast || encoding.starts()[token] < end); token++) {
                sum += losses[token];
            }
            String id = name + ":" + (texts.size() + 1);
            texts.add(new Answered(new Item(id, id, part, List.of(part)),
                    new Answer("", Map.of(), Optional.of(new Likelihood(
                    Math.min(0, -sum), token - first, part.getBytes(StandardCharsets.UTF_8).length)))));
        }
        return texts;
    }

    /// Pieces that are the text again when joined.
    private static List<String> parts(String text) {
        String[] parts = BETWEEN_PARAGRAPHS.split(text);
        return List.of(parts.length > 1 ? parts : BETWEEN_LINES.split(text));
    }

    /// The token that a text begins with where the model has seen nothing yet.
    static int start(ModelSource source) {
        var config = source.config();
        return config.bosId().orElseGet(() -> config.eosIds().stream().findFirst().orElseThrow(() ->
                new IllegalArgumentException(("the model %s has neither a beginning- nor an end-of-text token, so"
                        + " there is none to begin the text with").formatted(source.folder().path()))));
    }
}
