package minarai.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
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
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.ModelSource;
import minarai.models.Sampler;

/// Times generation as `generate` does it: reading a prompt of 512 tokens, and writing 64 tokens after the first, each
/// with every way of storing the weights (llama.cpp's pp512 and tg64).
public final class InferenceRate {

    private static final int PROMPT = 512;
    private static final int WRITTEN = 64;

    private final Setting setting;
    private final Consumer<Result> sink;

    /// @param sink takes each result as it comes
    public InferenceRate(Setting setting, Consumer<Result> sink) {
        this.setting = setting;
        this.sink = sink;
    }

    /// Times reading a prompt.
    ///
    /// @return the best probe, in GFLOP/s
    public double prefill() {
        var peak = new FmaPeak(setting.mostThreads());
        int[] prompt = new int[PROMPT];
        return time("prefill", peak, PROMPT, 0, (inference, work, bytes) -> {
            Arrays.setAll(prompt, i -> (int) (new Philox(1, 1).uniform(0, i) * inference.model()
                    .vocabularySize()));
            return new Contender("prefill", work.forward(new int[] {PROMPT}, 1) / 1e9, () ->
                    write(inference, prompt, 1));
        });
    }

    /// Times writing tokens.
    ///
    /// @return the best probe, in GB/s
    public double decode() {
        var read = new ReadBandwidth(setting.mostThreads());
        return time("decode", read, WRITTEN, read.bytes(), (inference, work, bytes) -> new Contender("decode",
                WRITTEN * bytes / 1e9, () -> write(inference, new int[] {1}, WRITTEN)));
    }

    private static void write(Inference inference, int[] prompt, int tokens) {
        var answer = inference.generate(prompt, Sampler.greedy(), new Inference.Limits(tokens, Set.of()),
                (_, _) -> { });
        if (answer.ids().length != tokens) {
            throw new IllegalStateException("%d tokens were written, not %d".formatted(answer.ids().length, tokens));
        }
    }

    @FunctionalInterface
    private interface Contest {
        /// @param bytes of weights that a token reads
        Contender of(Inference inference, Work work, long bytes);
    }

    private double time(String what, Ceiling ceiling, int tokens, long probeBytes, Contest contest) {
        double best = 0;
        try (var model = BenchModel.of(setting, PublishedShape.QWEN2_5_0_5B);
                var workers = new Workers(setting.mostThreads())) {
            var kernels = new SimdKernels(workers);
            for (Storage storage : Storage.values()) {
                String name = "%s %s %d %s".formatted(what, model.name(), tokens,
                        storage.name().toLowerCase(Locale.ROOT));
                setting.talk().accept(name);
                Machine.giveBack();
                Machine.forgetPeak();
                try (var source = model.open()) {
                    var weights = new Collecting(CheckpointWeights.frozen(source.folder(), kernels,
                            Optional.of(storage)));
                    var inference = new Inference(LanguageModel.of(source.config(), weights, 2 * PROMPT), kernels);
                    var timing = new Timing(ceiling, Math.min(5, setting.samples()));
                    var contender = contest.of(inference, Work.of(source.config(), 0),
                            bytesRead(source, weights.parameters()));
                    var summary = timing.compare(List.of(contender)).values().iterator().next();
                    best = Math.max(best, timing.best());
                    var peak = Machine.peakBytes();
                    sink.accept(Result.of(name, ceiling.kind(), summary).withTokens(tokens).withMemory(
                            peak.isPresent() ? OptionalLong.of(peak.getAsLong() - probeBytes) : peak,
                            OptionalLong.empty()));
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
