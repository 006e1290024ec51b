package minarai.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import minarai.engine.AdamW;
import minarai.engine.Matrix;
import minarai.engine.Memory;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.ReferenceKernels;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.engine.opencl.OpenClKernels;
import minarai.engine.opencl.Rates;
import minarai.lab.shape.PublishedShape;
import minarai.models.Adapter;
import minarai.models.CheckpointWeights;
import minarai.models.Collecting;
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.Sampler;
import minarai.models.WithAdapters;
import minarai.models.format.PeftConfig;
import minarai.models.format.TargetModules;
import minarai.train.Batch;
import minarai.train.Sample;
import minarai.train.Trainer;

/// Times products, steps and generation on an OpenCL device, as parts of what the device itself reaches: fused
/// multiply-adds in registers, and reading its memory. Each figure is the median of several runs after one that is not
/// counted; what is computed is compared with the reference first.
public final class DeviceRates {

    private static final int RANK = 8;
    private static final int CHECKED_ROWS = 2;

    private final OpenClKernels kernels;
    private final Setting setting;
    private final boolean isSmall;
    private final Consumer<Result> sink;
    private final double peak;
    private final double bandwidth;

    /// @param isSmall whether sizes are such that a device which computes on the CPU can do them
    /// @param sink    takes each result as it comes
    public DeviceRates(OpenClKernels kernels, Setting setting, boolean isSmall, Consumer<Result> sink) {
        this.kernels = kernels;
        this.setting = setting;
        this.isSmall = isSmall;
        this.sink = sink;
        var rates = new Rates(kernels);
        peak = rates.peak();
        bandwidth = rates.gbps();
    }

    /// The device with its driver, as it goes with every figure.
    public String device() {
        return kernels.device() + " on " + kernels.device().platform();
    }

    /// Fused multiply-adds, in 10⁹ operations a second.
    public double peak() {
        return peak;
    }

    /// Reading and writing memory, in 10⁹ bytes a second.
    public double bandwidth() {
        return bandwidth;
    }

    /// Times the large products.
    public void gemm() {
        var shapes = new ArrayList<>(isSmall ? List.of(new Products.Shape(64, 96, 128)) : Products.GEMM);
        shapes.add(isSmall ? new Products.Shape(256, 256, 256) : new Products.Shape(4096, 4096, 4096));
        shapes.forEach(shape -> product("gemm", shape));
    }

    /// Times the products of low rank.
    public void lora() {
        int tokens = isSmall ? 128 : 1024;
        int features = isSmall ? 192 : 896;
        product("lora", new Products.Shape(tokens, RANK, features));
        product("lora", new Products.Shape(tokens, features, RANK));
    }

    private void product(String family, Products.Shape shape) {
        Tensor x = Agreement.random(1, shape.tokens(), shape.inputs());
        Tensor weight = Agreement.random(2, shape.outputs(), shape.inputs());
        Matrix packed = Panels.pack(weight, kernels.panelWidth());
        Memory memory = kernels.memory();
        Tensor y = memory.tensor(shape.tokens(), shape.outputs());
        double seconds = seconds(() -> kernels.multiplyTransposed(x, packed, y));
        Tensor few = x.slice(0, Math.min(CHECKED_ROWS, x.rows()));
        Tensor expected = Tensor.zeros(few.rows(), shape.outputs());
        new ReferenceKernels().multiplyTransposed(few, weight, expected);
        if (!Arrays.equals(expected.toArray(), memory.download(y.slice(0, few.rows())).toArray())) {
            throw new IllegalStateException("the product %s differs from the reference".formatted(shape));
        }
        memory.release(y.data());
        sink.accept(computed("%s %s".formatted(family, shape), shape.gflops(), seconds));
    }

    /// Times steps that train adapters of rank 8 on one sequence, and where no model is asked for steps that train all
    /// of GPT-2.
    public void train() {
        int length = isSmall ? 32 : 512;
        if (setting.isAnyShape() && !isSmall) {
            try (var model = BenchModel.of(setting, PublishedShape.GPT2_124M); var source = model.open()) {
                var base = new Collecting(CheckpointWeights.trained(source.folder()));
                var network = LanguageModel.of(source.config(), base, 64);
                int[] lengths = {64, 64, 64, 64};
                step("train %s all weights 4 x 64".formatted(model.name()), new Network(network, base.parameters()),
                        lengths, Work.of(source.config(), 0).fullStep(lengths, 252));
            }
        }
        try (var model = BenchModel.of(setting, PublishedShape.QWEN2_5_0_5B); var source = model.open()) {
            var adapter = Adapter.fresh(PeftConfig.lora(RANK, 2 * RANK, 0, new TargetModules.AllLinear(), ""), 1);
            var network = LanguageModel.of(source.config(), new WithAdapters(CheckpointWeights.frozen(source.folder(),
                    kernels), adapter), length);
            step("train %s lora r %d, 1 x %d".formatted(model.name(), RANK, length),
                    new Network(network, adapter.parameters()), new int[] {length},
                    Work.of(source.config(), RANK).adapterStep(new int[] {length}, length - 1));
        }
    }

    /// What is trained.
    private record Network(LanguageModel model, List<Parameter> trained) {
    }

    private void step(String name, Network network, int[] lengths, double flops) {
        setting.talk().accept(name);
        var samples = new ArrayList<Sample>();
        for (int length : lengths) {
            boolean[] isTarget = new boolean[length];
            Arrays.fill(isTarget, 1, length, true);
            samples.add(new Sample("sequence " + samples.size(), ids(network.model, length, samples.size()), isTarget));
        }
        var batches = List.of(Batch.of(samples));
        var optimizer = new AdamW(kernels, new AdamW.Settings(.9f, .999f, 1e-8f, 0), network.trained,
                parameter -> true);
        var planned = Trainer.rehearse(network.model, kernels, batches, false);
        var trainer = new Trainer(network.model, kernels, optimizer, 1, Workspace.planned(planned, kernels.memory()),
                false);
        int tokens = Arrays.stream(lengths).sum();
        double seconds = seconds(() -> trainer.step(optimizer.steps() + 1, 1e-4, batches));
        sink.accept(withTokens(computed(name, flops / 1e9, seconds), tokens, planned.bytes()));
    }

    private static int[] ids(LanguageModel model, int length, int purpose) {
        int[] ids = new int[length];
        Arrays.setAll(ids, i -> (int) (new Philox(1, purpose).uniform(0, i) * model.vocabularySize()));
        return ids;
    }

    /// Times reading a prompt.
    public void prefill() {
        int length = isSmall ? 32 : 512;
        try (var model = BenchModel.of(setting, PublishedShape.QWEN2_5_0_5B); var source = model.open()) {
            var inference = new Inference(LanguageModel.of(source.config(), CheckpointWeights.frozen(source.folder(),
                    kernels), 2 * length), kernels);
            int[] prompt = ids(inference.model(), length, 1);
            double seconds = seconds(() -> write(inference, prompt, 1));
            double flops = Work.of(source.config(), 0).forward(new int[] {length}, 1);
            sink.accept(withTokens(computed("prefill %s %d".formatted(model.name(), length), flops / 1e9, seconds),
                    length, 0));
        }
    }

    /// Times writing tokens; a token reads all weights once.
    public void decode() {
        int length = isSmall ? 8 : 64;
        try (var model = BenchModel.of(setting, PublishedShape.QWEN2_5_0_5B); var source = model.open()) {
            var weights = new Collecting(CheckpointWeights.frozen(source.folder(), kernels));
            var inference = new Inference(LanguageModel.of(source.config(), weights, 2 * length), kernels);
            long bytes = weights.parameters().stream().mapToLong(each -> switch (each.value()) {
                case Panels panels -> panels.bytes();
                case Tensor tensor -> 4L * tensor.size();
            }).sum();
            double seconds = seconds(() -> write(inference, new int[] {1}, length));
            sink.accept(withTokens(result("decode %s %d".formatted(model.name(), length), Ceiling.Kind.READ,
                    1e-9 * length * bytes / bandwidth, seconds), length, 0));
        }
    }

    private static void write(Inference inference, int[] prompt, int tokens) {
        inference.generate(prompt, Sampler.greedy(), new Inference.Limits(tokens, Set.of()), (_, _) -> { });
    }

    private double seconds(Runnable work) {
        work.run();
        kernels.finish();
        double[] all = new double[runs()];
        for (int i = 0; i < all.length; i++) {
            long start = System.nanoTime();
            work.run();
            kernels.finish();
            all[i] = (System.nanoTime() - start) / 1e9;
        }
        return Samples.median(all);
    }

    private Result computed(String name, double gflop, double seconds) {
        return result(name, Ceiling.Kind.COMPUTE, gflop / peak, seconds);
    }

    /// @param least seconds that it would take at the ceiling
    private Result result(String name, Ceiling.Kind kind, double least, double seconds) {
        return Result.of(name, kind, new Samples.Summary(seconds, least / seconds, runs(), 0));
    }

    private int runs() {
        return Math.clamp(setting.samples(), 1, 7);
    }

    /// @param planned bytes of the workspace, 0 where none was planned
    private Result withTokens(Result result, int tokens, long planned) {
        return result.withTokens(tokens).withMemory(OptionalLong.of(kernels.deviceBytes()),
                planned == 0 ? OptionalLong.empty() : OptionalLong.of(planned));
    }
}
