package minarai.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import minarai.engine.Kernels;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.SimdKernels;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.lab.shape.PublishedShape;
import minarai.models.CheckpointWeights;
import minarai.models.Collecting;
import minarai.models.Continuations;
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.ModelSource;
import minarai.models.Sampler;

/// Times generation as `generate` does it: reading a prompt of 512 tokens, and writing 64 tokens after the first, each
/// with every way of storing the weights (llama.cpp's pp512 and tg64). Beside the prompt, and in turns with it,
/// multiple-choice items as `eval` scores them: [#ITEMS] contexts of [#CONTEXT] tokens with [#CHOICES] continuations of
/// [#CHOICE].
public final class InferenceRate {

    private static final int PROMPT = 512;
    private static final int WRITTEN = 64;
    private static final int ITEMS = 16;
    private static final int CONTEXT = 64;
    private static final int CHOICES = 4;
    private static final int CHOICE = 12;

    private final Setting setting;
    private final Consumer<Result> sink;

    /// @param sink takes each result as it comes
    public InferenceRate(Setting setting, Consumer<Result> sink) {
        this.setting = setting;
        this.sink = sink;
    }

    /// Times reading a prompt, and scoring items; tokens that the choices of an item share count once.
    ///
    /// @return the best probe, in GFLOP/s
    public double prefill() {
        var peak = new FmaPeak(setting.mostThreads());
        return time("prefill", peak, 0, (loaded, work, bytes) -> {
            int[] prompt = ids(loaded, 0, PROMPT);
            var items = IntStream.range(0, ITEMS).mapToObj(item -> item(loaded, item)).toList();
            var continuations = new Continuations(loaded.model(), loaded.kernels());
            continuations.of(items);
            int computed = Math.toIntExact(continuations.tokensComputed());
            int[] lengths = new int[ITEMS];
            Arrays.fill(lengths, computed / ITEMS);
            return List.of(
                    new Timed(PROMPT, new Contender("prefill", work.forward(new int[] {PROMPT}, 1) / 1e9,
                            () -> write(loaded.inference(), prompt, 1))),
                    new Timed(computed, new Contender("likelihood",
                            work.forward(lengths, ITEMS * CHOICES * CHOICE) / 1e9, () -> continuations.of(items))));
        });
    }

    private static Continuations.Request item(Loaded loaded, int item) {
        int from = PROMPT + item * (CONTEXT + CHOICES * CHOICE);
        return new Continuations.Request(ids(loaded, from, CONTEXT), IntStream.range(0, CHOICES).mapToObj(choice ->
                ids(loaded, from + CONTEXT + choice * CHOICE, CHOICE)).toList());
    }

    private static int[] ids(Loaded loaded, int from, int count) {
        return IntStream.range(from, from + count).map(i -> (int) (new Philox(1, 1).uniform(0, i) * loaded.model()
                .vocabularySize())).toArray();
    }

    /// Times writing tokens.
    ///
    /// @return the best probe, in GB/s
    public double decode() {
        var read = new ReadBandwidth(setting.mostThreads());
        return time("decode", read, read.bytes(), (loaded, work, bytes) -> List.of(new Timed(WRITTEN,
                new Contender("decode", WRITTEN * bytes / 1e9, () ->
                        write(loaded.inference(), new int[] {1}, WRITTEN)))));
    }

    private static void write(Inference inference, int[] prompt, int tokens) {
        var answer = inference.generate(prompt, Sampler.greedy(), new Inference.Limits(tokens, Set.of()),
                (_, _) -> { });
        if (answer.ids().length != tokens) {
            throw new IllegalStateException("%d tokens were written, not %d".formatted(answer.ids().length, tokens));
        }
    }

    private record Loaded(LanguageModel model, Inference inference, Kernels kernels) {
    }

    /// @param tokens that go through the model
    private record Timed(int tokens, Contender contender) {
    }

    @FunctionalInterface
    private interface Contest {
        /// @param bytes of weights that a token reads
        List<Timed> of(Loaded loaded, Work work, long bytes);
    }

    private double time(String what, Ceiling ceiling, long probeBytes, Contest contest) {
        double best = 0;
        try (var model = BenchModel.of(setting, PublishedShape.QWEN2_5_0_5B);
                var workers = new Workers(setting.mostThreads())) {
            var kernels = new SimdKernels(workers);
            for (Storage storage : Storage.values()) {
                String stored = storage.name().toLowerCase(Locale.ROOT);
                setting.talk().accept("%s %s %s".formatted(what, model.name(), stored));
                Machine.giveBack();
                Machine.forgetPeak();
                try (var source = model.open()) {
                    var weights = new Collecting(CheckpointWeights.frozen(source.folder(), kernels,
                            Optional.of(storage)));
                    var language = LanguageModel.of(source.config(), weights, 2 * PROMPT);
                    var timing = new Timing(ceiling, Math.min(5, setting.samples()));
                    var timed = contest.of(new Loaded(language, new Inference(language, kernels), kernels),
                            Work.of(source.config(), 0), bytesRead(source, weights.parameters()));
                    var summaries = timing.compare(timed.stream().map(Timed::contender).toList());
                    best = Math.max(best, timing.best());
                    var peak = Machine.peakBytes();
                    var most = peak.isPresent() ? OptionalLong.of(peak.getAsLong() - probeBytes) : peak;
                    for (Timed each : timed) {
                        String name = "%s %s %d %s".formatted(each.contender().name(), model.name(), each.tokens(),
                                stored);
                        sink.accept(Result.of(name, ceiling.kind(), summaries.get(each.contender().name()))
                                .withTokens(each.tokens()).withMemory(most, OptionalLong.empty()));
                    }
                }
            }
        }
        return best;
    }

    /// All matrices, but of an embedding that is not the head too only a row is read.
    private static long bytesRead(ModelSource source, List<Parameter> parameters) {
        boolean isTied = !source.config().tensors().containsKey("lm_head.weight");
        return parameters.stream().skip(isTied ? 0 : 1).mapToLong(parameter ->
                switch (parameter.value()) {
                    case Panels panels -> panels.bytes();
                    case Tensor _ -> 0;
                }).sum();
    }
}
