package minarai.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Stream;
import minarai.bench.Machine.ProcessorTime;
import minarai.engine.Philox;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.lab.shape.PublishedShape;
import minarai.models.ModelSource;
import minarai.tokenizer.chat.Message;
import minarai.train.Batch;
import minarai.train.Lessons;
import minarai.train.Progress;
import minarai.train.Recipe;
import minarai.train.Sample;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import minarai.train.data.Example;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Times training steps as `tune` takes them: the same run, its data made up or read from a file, with the peak probed
/// between steps.
public final class TrainingRate {

    private static final int RANK = 8;
    /// Steps at the most; a run ends when it has enough undisturbed ones.
    private static final int STEPS = 300;
    private static final int WARM_STEPS = 3;
    private static final int MANY_STEPS = 150;
    private static final long WARM_NANOS = 12_000_000_000L;
    private static final long PAUSE_NANOS = 2_000_000;
    private static final int PAIRS = 8;
    private static final int SYSTEM_TOKENS = 200;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Setting setting;
    private final Consumer<Result> sink;
    private final FmaPeak peak;
    private double best;

    /// A step to be timed on made-up tokens.
    ///
    /// @param labelled part of each sequence that is predicted, its end
    private record Case(Recipe.Method method, int sequences, int length, double labelled) {

        @Override
        public String toString() {
            return "%s %d x %d, %s labelled".formatted(method == Recipe.Method.FULL ? "all weights" : "lora r 8",
                    sequences, length, labelled == 1 ? "all" : "half");
        }
    }

    /// Ends a run that has been timed.
    private static final class EnoughException extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /// @param sink takes each result as it comes
    public TrainingRate(Setting setting, Consumer<Result> sink) {
        this.setting = setting;
        this.sink = sink;
        peak = new FmaPeak(setting.mostThreads());
    }

    /// Times GPT-2 with all weights trained, where no other model is asked for; LoRA on 1 x 512 tokens with every
    /// position labelled and with half of them, and on the pairs of a file where one is given.
    ///
    /// @return the best probe, in GFLOP/s
    public double run() {
        if (setting.isAnyShape()) {
            try (var model = BenchModel.of(setting, PublishedShape.GPT2_124M)) {
                time(model, new Case(Recipe.Method.FULL, 4, 64, 1));
            }
        }
        try (var model = BenchModel.of(setting, PublishedShape.QWEN2_5_0_5B)) {
            time(model, new Case(Recipe.Method.LORA, 1, 512, 1));
            time(model, new Case(Recipe.Method.LORA, 1, 512, 0.5));
            setting.data().ifPresent(file -> timePairs(model, file));
        }
        return best;
    }

    private void time(BenchModel model, Case step) {
        try (var source = fresh(model)) {
            var lessons = lessons(step, source.config().vocabularySize());
            time("train %s %s".formatted(model.name(), step), source, lessons,
                    lessons.batches(1).stream().mapToInt(Batch::length).sum(), true);
        }
    }

    /// A batch of the file's first pairs, all with the same long system message.
    private void timePairs(BenchModel model, Path file) {
        try (var source = fresh(model)) {
            var dataset = Dataset.read(file);
            var system = new Message("system", systemText(source));
            List<Example> examples = dataset.examples().stream().limit(PAIRS).map(example -> new Example(example.id(),
                    Stream.concat(Stream.of(system), example.messages().stream()
                            .filter(message -> !message.role().equals("system"))).toList(), example.origin())).toList();
            var few = new Dataset(file, dataset.sha256(), dataset.schema(), examples, dataset.ignoredKeys());
            var lessons = Lessons.prepare(source, few, recipe(Recipe.Method.LORA, PAIRS,
                    source.config().maxPositions()));
            String name = "train %s lora r 8, %d pairs with a system message of %d tokens".formatted(model.name(),
                    lessons.training().size(), SYSTEM_TOKENS);
            int tokens = lessons.batches(1).stream().mapToInt(Batch::length).sum();
            time(name, source, lessons, tokens, false);
            time(name + ", padded and nothing shared", source, padded(lessons), tokens, false);
        }
    }

    /// The same samples, each as long as the longest and computed whole: what is saved otherwise.
    private static Lessons padded(Lessons lessons) {
        int longest = lessons.training().values().stream().mapToInt(sample -> sample.ids().length).max().orElseThrow();
        var training = new LinkedHashMap<String, Sample>();
        lessons.training().forEach((id, sample) -> training.put(id, new Sample(id,
                Arrays.copyOf(sample.ids(), longest), Arrays.copyOf(sample.isTarget(), longest))));
        return new Lessons(training, lessons.validation(), lessons.order(), lessons.overridden(),
                lessons.recipe().with(Map.of("share_prefix", false)));
    }

    private static String systemText(ModelSource source) {
        var text = new StringBuilder("Answer carefully.");
        while (source.tokenizer().encode(text.toString()).ids().length < SYSTEM_TOKENS) {
            text.append(" Think about each step and say it in a short sentence.");
        }
        return text.toString();
    }

    private static ModelSource fresh(BenchModel model) {
        Machine.giveBack();
        Machine.forgetPeak();
        return model.open();
    }

    private static Recipe recipe(Recipe.Method method, int sequences, int length) {
        var keys = new LinkedHashMap<String, Object>(Map.of("steps", STEPS, "batch_size", sequences, "packing", true,
                "max_length", length, "validation_share", 0, "checkpoint_steps", 0, "allow", "too_long"));
        keys.put("method", method == Recipe.Method.FULL ? "full" : "lora");
        if (method == Recipe.Method.LORA) {
            keys.putAll(Map.of("rank", RANK, "alpha", 2 * RANK, "target_modules", "all-linear"));
        }
        return Recipe.of(keys);
    }

    private static Lessons lessons(Case step, int vocabulary) {
        var training = new LinkedHashMap<String, Sample>();
        var order = new ArrayList<Example>();
        for (int s = 0; s < step.sequences(); s++) {
            var philox = new Philox(1, s);
            int[] ids = new int[step.length()];
            boolean[] isTarget = new boolean[step.length()];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = (int) (philox.uniform(0, i) * vocabulary);
                isTarget[i] = i >= (1 - step.labelled()) * ids.length;
            }
            String id = "sequence " + s;
            training.put(id, new Sample(id, ids, isTarget));
            order.add(new Example(id, List.of(Message.user(id), Message.assistant(id)), id));
        }
        return new Lessons(training, List.of(), order, List.of(), recipe(step.method(), step.sequences(),
                step.length()));
    }

    /// @param tokens    of data in a step
    /// @param isCounted whether the operations of a step are known
    private void time(String name, ModelSource source, Lessons lessons, int tokens, boolean isCounted) {
        setting.talk().accept(name);
        List<Batch> batches = lessons.batches(1);
        double flops = flops(source, lessons.recipe(), batches);
        Path folder = temporary();
        try (var workers = new Workers(setting.mostThreads())) {
            var tuning = new Tuning(source, lessons, new SimdKernels(workers));
            var clock = new Clock();
            var record = new RunRecord(lessons.recipe().toMap(), 1, Map.of(), Map.of(), List.of());
            try (var run = RunFolder.create(folder.resolve("run"), record)) {
                tuning.run(run, clock);
            } catch (EnoughException enough) {
                setting.talk().accept("%d steps taken".formatted(clock.steps));
            }
            var summary = clock.samples.summary(flops / 1e9, best);
            var result = Result.of(name, Ceiling.Kind.COMPUTE, summary)
                    .withTokens(tokens).withRecord(onRecord(folder.resolve("run")) / summary.seconds())
                    .withMemory(Machine.peakBytes(), OptionalLong.of(tuning.plan().totalBytes()));
            sink.accept(isCounted ? result : result.withoutFraction());
        } finally {
            BenchModel.delete(folder);
        }
    }

    /// Seconds that a step's line in the ledger takes, the median of the run's second half.
    private static double onRecord(Path run) {
        try {
            List<String> lines = Files.readAllLines(run.resolve("metrics.jsonl"));
            double[] seconds = lines.stream().skip(lines.size() / 2).map(JSON::readTree)
                    .map(line -> line.path("record_seconds")).filter(JsonNode::isNumber).mapToDouble(JsonNode::asDouble)
                    .sorted().toArray();
            return seconds[seconds.length / 2];
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the curves of " + run, failure);
        }
    }

    private static double flops(ModelSource source, Recipe recipe, List<Batch> batches) {
        var work = Work.of(source.config(), RANK);
        int[] lengths = batches.stream().flatMap(batch -> batch.samples().stream())
                .mapToInt(sample -> sample.ids().length).toArray();
        int labels = batches.stream().mapToInt(Batch::targets).sum();
        return recipe.method() == Recipe.Method.FULL ? work.fullStep(lengths, labels)
                : work.adapterStep(lengths, labels);
    }

    private static Path temporary() {
        try {
            Path folder = Files.createTempDirectory("minarai-bench-");
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> BenchModel.delete(folder)));
            return folder;
        } catch (IOException failure) {
            throw new UncheckedIOException("making a temporary folder for the run", failure);
        }
    }

    /// Takes the time between the ends of steps, the probes left out.
    private final class Clock implements Progress {

        private final Samples samples = new Samples(Ceiling.Kind.COMPUTE);
        private final int wanted = Math.min(5, setting.samples());
        private final long start = System.nanoTime();
        private long mark = start;
        private Optional<ProcessorTime> timeBefore = Optional.empty();
        private double before;
        private int steps;

        @Override
        public void reached(Point point) {
            double seconds = (System.nanoTime() - mark) / 1e9;
            var now = ProcessorTime.now();
            LockSupport.parkNanos(PAUSE_NANOS);
            double after = peak.measure();
            steps = point.step();
            boolean isWarm = steps > WARM_STEPS && System.nanoTime() - start > WARM_NANOS || steps > MANY_STEPS;
            if (isWarm) {
                best = Math.max(best, after);
                samples.add(seconds, before, after, seconds < 1 ? 0 : taken(now));
            }
            if (samples.kept(best) >= wanted || samples.size() >= 3 * wanted) {
                throw new EnoughException();
            }
            before = after;
            timeBefore = ProcessorTime.now();
            mark = System.nanoTime();
        }

        private double taken(Optional<ProcessorTime> now) {
            return now.isPresent() && timeBefore.isPresent() ? now.get().takenByOthersSince(timeBefore.get()) : 0;
        }
    }
}
