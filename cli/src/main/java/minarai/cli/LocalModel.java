package minarai.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import minarai.engine.Kernels;
import minarai.engine.Tensor;
import minarai.eval.metric.Likelihood;
import minarai.eval.task.AskedModel;
import minarai.eval.task.Drawing;
import minarai.models.Continuations;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.Sampler;
import minarai.models.decoding.TextStream;
import minarai.tokenizer.chat.Message;

/// A model on this machine as tasks ask it. Requests run side by side; what stands before several continuations is
/// computed once.
final class LocalModel implements AskedModel {

    private static final int TOGETHER = 16;
    private static final int CONTEXTS_TOGETHER = 64;
    /// Odd and without pattern, so that no two seeds of use meet: 2^64 divided by the golden ratio.
    private static final long SPREAD = 0x9e3779b97f4a7c15L;
    private static final int LONGEST_WINDOW = 1024;

    private final ModelSource source;
    private final Inference inference;
    private final Continuations continuations;
    private final boolean isChat;
    private final Supplier<Inference> base;
    private final Meter meter;

    /// @param base   the model without an adapter; opened where a task asks for its features
    /// @param isChat whether prompts are put into the chat template, rather than continued as they are
    LocalModel(ModelSource source, Inference inference, Supplier<Inference> base, Kernels kernels, boolean isChat,
            Console console) {
        this.source = source;
        this.inference = inference;
        this.continuations = new Continuations(inference.model(), kernels);
        this.base = base;
        this.isChat = isChat;
        this.meter = new Meter(console);
    }

    /// What was computed and in what time.
    Meter meter() {
        return meter;
    }

    @Override
    public boolean isChat() {
        return isChat;
    }

    @Override
    public String tokenizer() {
        return source.tokenizerSha256();
    }

    @Override
    public int mostPositions() {
        return inference.model().maxPositions();
    }

    @Override
    public int positions(Prompt prompt) {
        return ids(prompt).length;
    }

    /// Nothing comes after the last token, so that it need not be read.
    @Override
    public int positions(Continuation continuation) {
        int[][] parts = parts(continuation);
        return parts[0].length + parts[1].length - 1;
    }

    @Override
    public List<String> generate(List<Prompt> prompts, Drawing drawing) {
        var answers = new ArrayList<String>();
        meter.begin(prompts.size());
        for (int first = 0; first < prompts.size(); first += TOGETHER) {
            var some = prompts.subList(first, Math.min(prompts.size(), first + TOGETHER));
            var ids = some.stream().map(this::ids).toList();
            int most = some.stream().mapToInt(Prompt::maxTokens).max().orElseThrow();
            var streams = some.stream().map(prompt -> new TextStream(source.tokenizer().streamingDecoder(),
                    prompt.until(), text -> { })).toList();
            var completions = inference.generate(ids, sampler(drawing, first),
                    new Inference.Limits(most, source.ends()),
                    (sequence, id) -> { }, (sequence, prompt, room) -> streams.get(sequence));
            long tokens = 0;
            for (int i = 0; i < some.size(); i++) {
                tokens += ids.get(i).length + completions.get(i).ids().length;
                answers.add(streams.get(i).finish());
            }
            meter.add(some.size(), tokens);
        }
        return answers;
    }

    /// A sampler for the prompts from the one of a number on; which prompt it draws for it counts from there.
    static Sampler sampler(Drawing drawing, int first) {
        return drawing.temperature() == 0 ? Sampler.greedy()
                : new Sampler((float) drawing.temperature(), 0, 1, 0, drawing.seed() + first * SPREAD);
    }

    private int[] ids(Prompt prompt) {
        if (!isChat) {
            return withStart(source.tokenizer().encode(String.join("\n\n", prompt.turns())).ids());
        }
        var turns = IntStream.range(0, prompt.turns().size()).mapToObj(turn -> turn % 2 == 0
                ? Message.user(prompt.turns().get(turn)) : Message.assistant(prompt.turns().get(turn))).toList();
        return source.requireTemplate().render(source.tokenizer(), turns, true).ids();
    }

    @Override
    public List<Scored> score(List<Continuation> requests) {
        var grouped = new ArrayList<Continuations.Request>();
        var current = new ArrayList<int[]>();
        int[] context = {};
        for (Continuation request : requests) {
            int[][] parts = parts(request);
            if (!current.isEmpty() && !Arrays.equals(context, parts[0])) {
                grouped.add(new Continuations.Request(context, current));
                current = new ArrayList<>();
            }
            context = parts[0];
            current.add(parts[1]);
        }
        if (!current.isEmpty()) {
            grouped.add(new Continuations.Request(context, current));
        }
        return scored(grouped, requests);
    }

    private List<Scored> scored(List<Continuations.Request> grouped, List<Continuation> requests) {
        var scored = new ArrayList<Scored>();
        meter.begin(grouped.size());
        for (int first = 0; first < grouped.size(); first += CONTEXTS_TOGETHER) {
            var some = grouped.subList(first, Math.min(grouped.size(), first + CONTEXTS_TOGETHER));
            long before = continuations.tokensComputed();
            var results = continuations.of(some);
            for (int i = 0; i < some.size(); i++) {
                for (int j = 0; j < results.get(i).size(); j++) {
                    var result = results.get(i).get(j);
                    long bytes = requests.get(scored.size()).text().getBytes(StandardCharsets.UTF_8).length;
                    scored.add(new Scored(new Likelihood(Math.min(0, result.logProbability()),
                            some.get(i).continuations().get(j).length, bytes), result.isGreedy()));
                }
            }
            meter.add(some.size(), continuations.tokensComputed() - before);
        }
        return scored;
    }

    /// Context and continuation as they are tokenized together. Where a token reaches over the border it belongs to the
    /// continuation.
    private int[][] parts(Continuation request) {
        var tokenizer = source.tokenizer();
        if (isChat) {
            int[] prompt = source.requireTemplate().render(tokenizer, List.of(Message.user(request.context())), true)
                    .ids();
            return new int[][] {prompt, tokenizer.encode(request.text().stripLeading()).ids()};
        }
        int[] context = withStart(tokenizer.encode(request.context()).ids());
        int[] whole = withStart(tokenizer.encode(request.context() + request.text()).ids());
        int border = Math.min(context.length, whole.length - 1);
        while (border > 1 && !Arrays.equals(context, 0, border, whole, 0, border)) {
            border--;
        }
        return new int[][] {Arrays.copyOf(whole, border), Arrays.copyOfRange(whole, border, whole.length)};
    }

    private int[] withStart(int[] ids) {
        int[] prefix = source.tokenizer().prefix();
        int[] before = prefix.length == 0 && ids.length == 0 ? new int[] {TextTask.start(source)} : prefix;
        return IntStream.concat(IntStream.of(before), IntStream.of(ids)).toArray();
    }

    @Override
    public List<float[][]> features(List<String> texts) {
        return texts.stream().map(text -> {
            int[] words = source.tokenizer().encode(text).ids();
            if (words.length == 0) {
                return new float[0][];
            }
            Tensor features = base.get().features(IntStream.concat(IntStream.of(TextTask.start(source)),
                    IntStream.of(words)).toArray());
            return IntStream.range(1, features.rows()).mapToObj(row -> features.slice(row, 1).toArray())
                    .toArray(float[][]::new);
        }).toList();
    }

    @Override
    public List<Likelihood> rolling(List<String> texts) {
        meter.begin(texts.size());
        return texts.stream().map(text -> {
            int[] words = source.tokenizer().encode(text).ids();
            int[] ids = IntStream.concat(IntStream.of(TextTask.start(source)), IntStream.of(words)).toArray();
            int window = Math.min(LONGEST_WINDOW, inference.model().maxPositions());
            double sum = 0;
            for (int first = 0; first < ids.length - 1; first += window - 1) {
                int[] sequence = Arrays.copyOfRange(ids, first, Math.min(ids.length, first + window));
                for (float loss : inference.losses(List.of(sequence)).getFirst()) {
                    sum += loss;
                }
            }
            meter.add(1, ids.length);
            return new Likelihood(-sum, words.length, text.getBytes(StandardCharsets.UTF_8).length);
        }).toList();
    }
}
