package minarai.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.models.Inference;
import minarai.train.Lessons;
import minarai.train.Plan;
import minarai.train.Recipe;
import minarai.train.Sample;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `minarai plan`: what a run will cost, before it is begun.
@Command(name = "plan", description = "Tells memory and time of a tuning run before anything is spent.",
        footer = {"", "Example:", "  minarai plan -m models/base -d pairs.jsonl rank=16 epochs=3"})
final class PlanCommand implements Callable<Integer> {

    private static final int PROBE_TOKENS = 512;
    private static final long STEADY_NANOS = 700_000_000;
    private static final long LONGEST_NANOS = 12_000_000_000L;
    /// A pass that is not compiled yet may alone take longer than the time without progress that ends the passes.
    private static final int STEADY_PASSES = 3;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final RecipeOptions options = new RecipeOptions();

    PlanCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (options.isAskedForKeys()) {
            RecipeKeys.print(console, common.isJson);
            return 0;
        }
        var assignment = options.assignment();
        Recipe recipe = assignment.recipe();
        try (var backend = Backend.of(recipe, console); var source = assignment.open()) {
            source.requireTemplate();
            DeskFiles.reading(assignment, "plan");
            var lessons = Lessons.prepare(source, Dataset.read(assignment.data()), recipe);
            var kernels = backend.kernels();
            var tuning = new Tuning(source, lessons, kernels);
            var plan = tuning.plan();
            tuning.requireFit();
            double rate = probe(tuning, kernels);
            double parameters = Stream.concat(tuning.base().stream(), tuning.trained().stream()).distinct()
                    .mapToDouble(Parameter::size).sum();
            print(plan, lessons, rate, plan.flops() / (2 * parameters * plan.tokens()), backend.device().isPresent());
        }
        return 0;
    }

    /// Tokens a second that go through the network forwards. Java compiles the network while it runs, so it is passed
    /// again and again until it has not become faster for a while, and the fastest pass counts.
    private static double probe(Tuning tuning, Kernels kernels) {
        var inference = new Inference(tuning.model(), kernels);
        List<int[]> passed = together(tuning.lessons());
        int tokens = passed.stream().mapToInt(ids -> ids.length).sum();
        double best = 0;
        long start = System.nanoTime();
        long improved = start;
        long begun = start;
        long now = start;
        while (now - improved < Math.max(STEADY_NANOS, STEADY_PASSES * (now - begun)) && now - start < LONGEST_NANOS) {
            begun = System.nanoTime();
            inference.losses(passed);
            now = System.nanoTime();
            double rate = tokens / ((now - begun) / 1e9);
            if (rate > best) {
                improved = rate > 1.05 * best ? now : improved;
                best = rate;
            }
        }
        return best;
    }

    /// Pairs that go through the network in one call: at most as many as a batch holds, and not more tokens than are
    /// timed.
    private static List<int[]> together(Lessons lessons) {
        var passed = new ArrayList<int[]>();
        int room = PROBE_TOKENS;
        for (Sample sample : lessons.training().values()) {
            if (passed.size() < lessons.recipe().batchSize() && room > 1) {
                int[] ids = Arrays.copyOf(sample.ids(), Math.min(sample.ids().length, room));
                passed.add(ids);
                room -= ids.length;
            }
        }
        return passed;
    }

    /// A step costs as many forward passes as its operations are times those of one.
    private void print(Plan plan, Lessons lessons, double forwardRate, double passes,
            boolean isOnDevice) {
        double seconds = plan.tokens() * passes / forwardRate;
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("weight_bytes", plan.weightBytes());
            fields.put("trained_bytes", plan.trainedBytes());
            fields.put("snapshot_bytes", plan.snapshotBytes());
            fields.put("workspace_bytes", plan.workspaceBytes());
            fields.put("read_back_bytes", plan.readBackBytes());
            fields.put("other_bytes", plan.otherBytes());
            fields.put("planned_memory_bytes", plan.totalBytes());
            if (isOnDevice) {
                fields.put("device_memory_bytes", plan.deviceBytes());
            }
            fields.put("steps", plan.steps());
            fields.put("tokens", plan.tokens());
            fields.put("flops", plan.flops());
            fields.put("seconds", seconds);
            console.json(fields);
            return;
        }
        var table = new TextTable()
                .row("weights of the base", Figures.bytes(plan.weightBytes()))
                .row("trained parameters and optimizer", Figures.bytes(plan.trainedBytes()))
                .row("copy of them for checkpoints", Figures.bytes(plan.snapshotBytes()))
                .row("activations of a step", Figures.bytes(plan.workspaceBytes()))
                .row("or, in the end, the largest matrix read back", Figures.bytes(plan.readBackBytes()))
                .row("Java itself", Figures.bytes(plan.otherBytes()))
                .row("memory in all", Figures.bytes(plan.totalBytes()));
        if (isOnDevice) {
            table.row("of it on the device", Figures.bytes(plan.deviceBytes()));
        }
        console.line("%s", table.row("pairs", "%,d to train on, %,d held out".formatted(lessons.training().size(),
                        lessons.validation().size()))
                .row("steps", "%,d".formatted(plan.steps()))
                .row("tokens", "%,d".formatted(plan.tokens()))
                .row("time", "about " + ProgressLine.duration(Duration.ofMillis(Math.round(seconds * 1000)))));
        console.remark("The time is a forecast: the fastest forward pass over pairs of a batch, at %,.0f tokens/s, and "
                + "%.1f times as much work for a step. Java's first seconds are slower.", forwardRate, passes);
    }
}
