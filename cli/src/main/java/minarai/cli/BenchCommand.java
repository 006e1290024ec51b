package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import minarai.bench.Ceiling;
import minarai.bench.DeviceRates;
import minarai.bench.Floors;
import minarai.bench.FmaPeak;
import minarai.bench.Guard;
import minarai.bench.InferenceRate;
import minarai.bench.KernelRates;
import minarai.bench.LowRank;
import minarai.bench.Machine;
import minarai.bench.Peer;
import minarai.bench.Products;
import minarai.bench.ReadBandwidth;
import minarai.bench.Result;
import minarai.bench.Setting;
import minarai.bench.TrainingRate;
import minarai.lab.pretrain.EmbeddedModel;
import minarai.lab.shape.PublishedShape;
import minarai.train.Recipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `minarai bench`: how fast it is, as parts of what this machine can do.
@Command(name = "bench", description = {
    "Times kernels and whole steps, as parts of what the machine can do at that moment.", "",
    "  gemm     products of a linear layer at the shapes of models people have",
    "  lora     products of low rank",
    "  train    steps of a tuning run: GPT-2 in full, LoRA on 1 x 512 tokens, and pairs of a file with -d",
    "  prefill  reading a prompt of 512 tokens, and scoring multiple-choice items",
    "  decode   writing 64 tokens",
    "  kernels  all other kernels",
    "  guard    a short set against the committed floors; exit code 1 if something became slower", "",
    "With backend=opencl the first five are timed on a device, as parts of what the device itself reaches.", "",
    "Without -m or --like, train, prefill and decode use random weights in the shape of qwen2.5-0.5b."},
        footer = {"", "Examples:", "  minarai bench gemm --threads 1,2", "  minarai bench train --like smollm2-135m -d "
                + "pairs.jsonl", "  minarai bench decode -m models/base --json", "  minarai bench gemm backend=opencl"})
final class BenchCommand implements Callable<Integer> {

    /// Where the launcher says the project lies.
    private static final String ROOT = "minarai.root";

    private static final double MUCH = 0.05;

    private final Console console;
    private final List<Result> results = new ArrayList<>();

    /// What is timed.
    enum Name { GEMM, LORA, TRAIN, PREFILL, DECODE, KERNELS, GUARD }

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "gemm, lora, train, prefill, decode, "
            + "kernels or guard; guard if not given")
    private Name name = Name.GUARD;

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = "--small", description = "with a device: small sizes and the embedded model, to see that it works")
    private boolean isSmall;

    @Option(names = "--threads", split = ",", paramLabel = "N",
            description = "counts of threads, e.g. 1,2; one and all "
            + "if not given")
    private List<Integer> threads = List.of();

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL", description = "model folder")
    private Optional<String> model = Optional.empty();

    @Option(names = "--like", paramLabel = "SHAPE", description = "random weights in a published shape, see minarai "
            + "lab shape")
    private Optional<String> like = Optional.empty();

    @Option(names = {"-d", "--data"}, paramLabel = "FILE", description = "train: pairs, of which eight make a step")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--samples", paramLabel = "N", description = "undisturbed samples of each; 7 if not given")
    private int samples = 7;

    @Option(names = "--peers", description = "gemm, lora: other libraries beside ours, where this build carries them")
    private boolean hasPeers;

    @Option(names = "--floors", paramLabel = "FILE", description = "guard: the floors; bench/floors.json of the "
            + "project if not given")
    private Optional<Path> floors = Optional.empty();

    @Option(names = "--update", description = "guard: set the floors at 0.9 of what is measured")
    private boolean isUpdate;

    BenchCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String computing = backend.nameOrCpu();
        return computing.equals(Recipe.CPU) ? onCpu() : onDevice(computing);
    }

    /// Products, steps and generation on a device, as parts of its own ceilings.
    private int onDevice(String computing) {
        if (isSmall && model.isEmpty() && like.isEmpty()) {
            model = Optional.of(EmbeddedModel.NAME);
        }
        try (var opened = Backend.open(computing, console)) {
            var rates = new DeviceRates(opened.device().orElseThrow(() -> new IllegalArgumentException(
                    "backend=%s is no device".formatted(computing))), setting(), isSmall, this::take);
            switch (name) {
                case GEMM -> rates.gemm();
                case LORA -> rates.lora();
                case TRAIN -> rates.train();
                case PREFILL -> rates.prefill();
                case DECODE -> rates.decode();
                case KERNELS, GUARD -> throw new IllegalArgumentException(
                        "a device is timed by gemm, lora, train, prefill and decode");
            }
            var ceilings = new EnumMap<Ceiling.Kind, Double>(Map.of(Ceiling.Kind.COMPUTE, rates.peak(),
                    Ceiling.Kind.READ, rates.bandwidth()));
            if (common.isJson) {
                var fields = new LinkedHashMap<String, Object>();
                fields.put("machine", rates.device());
                fields.put("peak_gflops", rates.peak());
                fields.put("read_gbps", rates.bandwidth());
                fields.put("results", results.stream().map(Result::fields).toList());
                console.json(fields);
            } else {
                print(ceilings);
            }
        }
        return 0;
    }

    private int onCpu() {
        var setting = setting();
        var known = name == Name.GUARD && !isUpdate ? Optional.of(Floors.read(floorsFile())) : Optional.<Floors>empty();
        console.remark("%s", Machine.here());
        var begun = Machine.ProcessorTime.now();
        Map<Ceiling.Kind, Double> best = time(setting);
        double taken = begun.flatMap(start -> Machine.ProcessorTime.now().map(end -> end.takenByOthersSince(start)))
                .orElse(0.0);
        List<Floors.Fall> falls = known.map(floors -> floors.falls(results)).orElse(List.of());
        if (common.isJson) {
            console.json(fields(best, falls));
        } else {
            print(best);
        }
        if (taken > MUCH) {
            console.remark("Others had %s of all cores' time meanwhile: do not trust these figures too far.",
                    percent(taken));
        }
        if (name == Name.GUARD && isUpdate) {
            Floors.below(results).write(floorsFile());
            console.remark("Floors set in %s", floorsFile());
        }
        falls.forEach(fall -> console.remark("Slower than its floor: %s, %s of its ceiling, floor %s", fall.name(),
                fall.measured().map(BenchCommand::percent).orElse("not measured:"), percent(fall.floor())));
        return falls.isEmpty() ? 0 : Failures.FAILED;
    }

    private Map<Ceiling.Kind, Double> time(Setting setting) {
        return switch (name) {
            case GEMM -> Map.of(Ceiling.Kind.COMPUTE, new Products(setting, this::take).gemm());
            case LORA -> Map.of(Ceiling.Kind.COMPUTE, new LowRank(setting, this::take).run());
            case TRAIN -> Map.of(Ceiling.Kind.COMPUTE, new TrainingRate(setting, this::take).run());
            case PREFILL -> Map.of(Ceiling.Kind.COMPUTE, new InferenceRate(setting, this::take).prefill());
            case DECODE -> Map.of(Ceiling.Kind.READ, new InferenceRate(setting, this::take).decode());
            case KERNELS -> {
                var kernels = new KernelRates(setting, this::take);
                kernels.run();
                yield Map.of(Ceiling.Kind.COMPUTE, kernels.bestPeak(), Ceiling.Kind.READ, kernels.bestRead());
            }
            case GUARD -> {
                var guard = new Guard(setting, this::take);
                guard.run();
                yield Map.of(Ceiling.Kind.COMPUTE, guard.bestPeak(), Ceiling.Kind.READ, guard.bestRead());
            }
        };
    }

    private void take(Result result) {
        results.add(result);
        String part = result.fraction() > 0 ? percent(result.fraction()) + " of its ceiling, " : "";
        console.remark("  %s: %s%,.3f ms", result.name(), part, result.milliseconds());
    }

    private Setting setting() {
        int cores = Runtime.getRuntime().availableProcessors();
        List<Integer> counts = !threads.isEmpty() ? threads : cores == 1 ? List.of(1) : List.of(1, cores);
        if (model.isPresent() && like.isPresent()) {
            throw new IllegalArgumentException("-m and --like both say which model to time; give one of them");
        }
        return new Setting(counts, like.map(PublishedShape::named), model.map(ModelPath::ofModel), data, peers(),
                samples, talk -> console.remark("%s", talk));
    }

    private List<Peer> peers() {
        if (!hasPeers) {
            return List.of();
        }
        List<Peer> found = Peer.found();
        if (found.isEmpty()) {
            throw new IllegalArgumentException("this build carries no other libraries to compare with. Build with "
                    + "them: mvn -Ppeers -DskipTests package");
        }
        return found;
    }

    private Path floorsFile() {
        return floors.orElseGet(() -> Stream.of(Optional.ofNullable(System.getProperty(ROOT)), Optional.of("."))
                .flatMap(Optional::stream).map(root -> Path.of(root).resolve("bench").resolve("floors.json"))
                .filter(file -> Files.isDirectory(file.getParent())).findFirst()
                .orElse(Path.of("bench", "floors.json")));
    }

    /// The ceiling that a bench did not need is probed at its end.
    private Map<String, Object> fields(Map<Ceiling.Kind, Double> best, List<Floors.Fall> falls) {
        int most = setting().threads().getLast();
        var fields = new LinkedHashMap<String, Object>();
        fields.put("machine", Machine.here().toString());
        fields.put("peak_gflops", best.containsKey(Ceiling.Kind.COMPUTE) ? best.get(Ceiling.Kind.COMPUTE)
                : new FmaPeak(most).measure());
        fields.put("read_gbps", best.containsKey(Ceiling.Kind.READ) ? best.get(Ceiling.Kind.READ)
                : new ReadBandwidth(most).measure());
        fields.put("results", results.stream().map(Result::fields).toList());
        if (name == Name.GUARD) {
            fields.put("fallen", falls.stream().map(Floors.Fall::name).toList());
        }
        return fields;
    }

    private void print(Map<Ceiling.Kind, Double> best) {
        boolean hasTokens = results.stream().anyMatch(result -> result.tokensPerSecond().isPresent());
        boolean hasMemory = results.stream().anyMatch(result -> result.peakMemoryBytes().isPresent());
        boolean hasRecord = results.stream().anyMatch(result -> result.recordShare().isPresent());
        var headings = new ArrayList<>(List.of(name.name().toLowerCase(Locale.ROOT), "of peak", "of reading", "ms"));
        headings.addAll(hasTokens ? List.of("tokens/s") : List.of());
        headings.addAll(hasMemory ? List.of("memory", "planned") : List.of());
        headings.addAll(hasRecord ? List.of("record") : List.of());
        headings.addAll(hasPeers ? List.of("faster than") : List.of());
        headings.add("dropped");
        var table = new TextTable(headings.toArray(String[]::new));
        for (Result result : results) {
            var cells = new ArrayList<>(List.of(result.name(),
                    result.fractionOfPeak().isPresent() ? percent(result.fractionOfPeak().getAsDouble()) : "",
                    result.fractionOfBandwidth().isPresent() ? percent(result.fractionOfBandwidth().getAsDouble()) : "",
                    "%,.3f".formatted(result.milliseconds())));
            cells.addAll(hasTokens ? List.of("%,.1f".formatted(result.tokensPerSecond().orElse(0))) : List.of());
            cells.addAll(hasMemory ? List.of(result.peakMemoryBytes().stream().mapToObj(Figures::bytes).findFirst()
                    .orElse(""), result.plannedMemoryBytes().stream().mapToObj(Figures::bytes).findFirst().orElse(""))
                    : List.of());
            cells.addAll(hasRecord ? List.of(result.recordShare().isPresent()
                    ? "%.2f %%".formatted(100 * result.recordShare().getAsDouble()) : "") : List.of());
            cells.addAll(hasPeers ? List.of(ratios(result)) : List.of());
            cells.add(dropped(result.dropped(), result.isDisturbed()));
            table.row(cells.toArray(String[]::new));
        }
        console.line("%s%n", table);
        best.forEach((kind, rate) -> console.line("Ceiling: %,.0f %s", rate, kind == Ceiling.Kind.COMPUTE
                ? "GFLOP/s of multiply-adds" : "GB/s read from memory"));
    }

    private static String ratios(Result result) {
        return result.peers().entrySet().stream().map(peer -> "%s %.2f".formatted(peer.getKey(), peer.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String dropped(OptionalInt count, boolean isDisturbed) {
        return isDisturbed ? "all (disturbed)" : count.isPresent() ? Integer.toString(count.getAsInt()) : "";
    }

    private static String percent(double fraction) {
        return "%.1f %%".formatted(100 * fraction);
    }
}
