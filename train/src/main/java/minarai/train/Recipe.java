package minarai.train;

import static minarai.train.Settings.Range.above;
import static minarai.train.Settings.Range.from;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import minarai.engine.Storage;
import minarai.engine.opencl.Devices;
import minarai.train.check.Refusals;

/// How to tune: every key that a recipe may set, with its value. The defaults suit thirty to fifty pairs.
///
/// @param method               what is trained
/// @param rank                 of the adapters
/// @param alpha                the adapters' scale is alpha / rank, or alpha / sqrt(rank) by rank-stabilised LoRA
/// @param rslora               whether the scale is rank-stabilised; `use_rslora` is another name of the key
/// @param useDora              whether adapters learn the lengths of the weights' rows too (Liu et al. 2024)
/// @param rankPattern          ranks of single modules, by the end of their path or an expression for it, as PEFT has
///         it
/// @param alphaPattern         alphas of single modules, likewise
/// @param modulesToSave        modules that are trained as a whole beside the adapters, e.g. `lm_head`
/// @param dropout              0, the only value supported
/// @param targetModules        names of the projections that get adapters, or `all-linear`
/// @param learningRate         at the peak
/// @param schedule             of the learning rate after the warm-up
/// @param warmupSteps          a tenth of the steps and at most ten where absent
/// @param finalLearningRate    at the last step, as a fraction of the peak
/// @param zeroFirstStep        whether the steps are placed as transformers does, see [Schedule.Origin#ZERO]
/// @param weightDecay          decoupled
/// @param beta1                of AdamW
/// @param beta2                of AdamW
/// @param epsilon              of AdamW
/// @param maxGradNorm          gradients of a greater norm are scaled down to it; 0 for no limit
/// @param epochs               how often each example is seen, unless `steps` says otherwise
/// @param steps                updates, in place of epochs
/// @param batchSize            pairs that count together; with `packing` they go through the model together
/// @param gradientAccumulation micro-batches of an update
/// @param maxLength            the most tokens of an example; longer ones are refused, never cut
/// @param packing              whether the pairs of a batch go through the model end to end in one pass, which is
///                             faster and takes more memory, or one after the other; the result is the same
/// @param sharePrefix          whether what the pairs of a pass begin with is computed once; gradients are then summed
///                             in another order
/// @param recompute            whether activations are computed again instead of kept
/// @param trainOnPrompt        whether the prompt's tokens are targets too
/// @param template             a template's name or file, where not the model's own
/// @param validationShare      the chance of a pair to be held out; where absent, a tenth of ten pairs or more
/// @param test                 files of pairs that must not be in the training data, not even nearly
/// @param patience             evaluations without improvement before training stops; never where absent
/// @param checkpointSteps      from one checkpoint to the next; 0 for one at the end only
/// @param keepCheckpoints      which of them stay
/// @param seed                 of everything random
/// @param weights              how the frozen base lies in memory
/// @param precision            of the computation
/// @param backend              that computes: `cpu`, `opencl`, or `opencl:` and a device's number; where the device is
///                             as exact as it says, the result does not depend on it
/// @param threads              as many as the machine has where absent; the result does not depend on it
/// @param allow                names of the checks whose refusals are overridden
/// @param forget               ids of pairs that are left out as if the file had never held them
public record Recipe(Method method, int rank, double alpha, boolean rslora, boolean useDora,
        SequencedMap<String, Integer> rankPattern, SequencedMap<String, Double> alphaPattern,
        List<String> modulesToSave, double dropout, List<String> targetModules, double learningRate,
        Schedule.Decay schedule, OptionalInt warmupSteps, double finalLearningRate,
        boolean zeroFirstStep, double weightDecay, double beta1, double beta2, double epsilon, double maxGradNorm,
        int epochs, OptionalInt steps, int batchSize, int gradientAccumulation, int maxLength, boolean packing,
        boolean sharePrefix, Recomputation recompute, boolean trainOnPrompt, Optional<String> template,
        OptionalDouble validationShare, List<String> test, OptionalInt patience, int checkpointSteps,
        KeptCheckpoints keepCheckpoints, long seed, BaseWeights weights, Precision precision, String backend,
        OptionalInt threads, Set<String> allow, Set<String> forget) {

    private static final int MANY = 100_000_000;
    private static final double LORA_RATE = 5e-4;
    private static final double FULL_RATE = 5e-5;
    private static final List<String> OF_ADAPTERS = List.of("rank", "alpha", "rslora", "use_rslora", "use_dora",
            "rank_pattern", "alpha_pattern", "modules_to_save", "dropout", "target_modules", "weights");

    /// What is trained: adapters of low rank beside frozen weights, or all weights.
    public enum Method { LORA, FULL }

    /// How the frozen base lies in memory: as its folder stores it, or in a named storage. bf16 of a bf16 folder loses
    /// nothing; q8_0 and q4_0 are other weights, which the run's record tells.
    public enum BaseWeights {
        STORED, F32, BF16, Q8_0, Q4_0;

        /// Empty for as stored.
        public Optional<Storage> storage() {
            return switch (this) {
                case STORED -> Optional.empty();
                case F32 -> Optional.of(Storage.F32);
                case BF16 -> Optional.of(Storage.BF16);
                case Q8_0 -> Optional.of(Storage.Q8_0);
                case Q4_0 -> Optional.of(Storage.Q4_0);
            };
        }
    }

    /// Of the computation.
    public enum Precision { F32 }

    /// Whether activations are computed again on the way back: less memory, a third more work, the same result. AUTO
    /// does so where the run would not fit otherwise.
    public enum Recomputation { AUTO, ALWAYS, NEVER }

    /// The backend that every machine has.
    public static final String CPU = "cpu";

    /// The recipe that a map of keys to YAML values, or to text, describes.
    ///
    /// @throws IllegalArgumentException for an unknown key, with the nearest known one, a wrong type, a value out of
    ///                                  its range, or keys that do not go together
    public static Recipe of(Map<String, ?> settings) {
        var s = new Settings(settings);
        Method method = s.choice("method", Method.LORA, List.of(Method.values()));
        var recipe = new Recipe(method,
                s.integer("rank", 8, 1, 65_536),
                s.number("alpha", 16, above(0, 1e6)),
                s.truth(s.either("rslora", "use_rslora"), false),
                s.truth("use_dora", false),
                s.pattern("rank_pattern", (key, value) -> (int) Settings.whole(key, value, 1, 65_536)),
                s.pattern("alpha_pattern", (key, value) -> Settings.real(key, value, above(0, 1e6))),
                s.list("modules_to_save", List.of()),
                s.number("dropout", 0, from(0, 1)),
                s.list("target_modules", List.of("all-linear")),
                s.number("learning_rate", method == Method.LORA ? LORA_RATE : FULL_RATE, above(0, 10)),
                s.choice("schedule", Schedule.Decay.COSINE, List.of(Schedule.Decay.values())),
                s.integer("warmup_steps", 0, MANY),
                s.number("final_learning_rate", 0.1, from(0, 1)),
                s.truth("zero_first_step", false),
                s.number("weight_decay", 0, from(0, 10)),
                s.number("beta1", 0.9, from(0, Math.nextDown(1.0))),
                s.number("beta2", 0.999, from(0, Math.nextDown(1.0))),
                s.number("epsilon", 1e-8, above(0, 1)),
                s.number("max_grad_norm", 1, from(0, 1e9)),
                s.integer("epochs", 4, 1, 100_000),
                s.integer("steps", 1, MANY),
                s.integer("batch_size", 4, 1, 65_536),
                s.integer("gradient_accumulation", 1, 1, 65_536),
                s.integer("max_length", 1024, 2, 1 << 24),
                s.truth("packing", true),
                s.truth("share_prefix", true),
                s.choice("recompute", Recomputation.AUTO, List.of(Recomputation.values())),
                s.truth("train_on_prompt", false),
                s.text("template"),
                s.number("validation_share", from(0, 0.5)),
                s.list("test", List.of()),
                s.integer("patience", 1, MANY),
                s.integer("checkpoint_steps", 10, 0, MANY),
                KeptCheckpoints.of(s.text("keep_checkpoints")
                        .orElse(method == Method.LORA && !s.has("modules_to_save") ? "16" : "latest")),
                s.longInteger("seed", 1),
                s.choice("weights", BaseWeights.STORED, List.of(BaseWeights.values())),
                s.choice("precision", Precision.F32, List.of(Precision.values())),
                backend(s),
                s.integer("threads", 1, 4096),
                new LinkedHashSet<>(s.list("allow", List.of())),
                new LinkedHashSet<>(s.list("forget", List.of())));
        s.requireAllRead();
        recipe.requireConsistent(s);
        return recipe;
    }

    private static String backend(Settings settings) {
        String backend = settings.text("backend").orElse(CPU);
        if (!backend.equals(CPU) && !Devices.isNamedBy(backend)) {
            throw Settings.problem("backend=" + backend,
                    "must be cpu or opencl, or opencl: and the number of a device");
        }
        return backend;
    }

    /// The recipe in which nothing is set.
    public static Recipe defaults() {
        return of(Map.of());
    }

    public Recipe {
        rankPattern = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(rankPattern));
        alphaPattern = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(alphaPattern));
        modulesToSave = List.copyOf(modulesToSave);
        targetModules = List.copyOf(targetModules);
        test = List.copyOf(test);
        allow = Set.copyOf(allow);
        forget = Set.copyOf(forget);
    }

    /// This recipe with some keys set anew.
    public Recipe with(Map<String, ?> changes) {
        var settings = new LinkedHashMap<String, Object>(toMap());
        if ("full".equals(changes.get("method"))) {
            settings.keySet().removeAll(OF_ADAPTERS);
            settings.remove("keep_checkpoints");
        }
        settings.putAll(changes);
        return of(settings);
    }

    /// This recipe without some pairs more.
    ///
    /// @param ids of pairs
    public Recipe forgetting(Set<String> ids) {
        return with(Map.of("forget", Stream.concat(forget.stream(), ids.stream()).distinct().sorted().toList()));
    }

    /// The learning rates of a run of so many updates.
    public Schedule scheduleOver(int totalSteps) {
        int warmup = warmupSteps.orElse(Math.min(10, totalSteps / 10));
        var origin = zeroFirstStep ? Schedule.Origin.ZERO : Schedule.Origin.PEAK;
        return new Schedule(schedule, learningRate, warmup, totalSteps, finalLearningRate, origin);
    }

    /// Every key that has a value, in a fixed order, for the run's record; [#of] reads it back.
    public Map<String, Object> toMap() {
        var map = new LinkedHashMap<String, Object>();
        map.put("method", Settings.name(method));
        if (method == Method.LORA) {
            map.put("rank", rank);
            map.put("alpha", alpha);
            map.put("rslora", rslora);
            putPeft(map);
            map.put("dropout", dropout);
            map.put("target_modules", targetModules);
            map.put("weights", Settings.name(weights));
        }
        putOptimization(map);
        map.put("epochs", epochs);
        steps.ifPresent(value -> map.put("steps", value));
        map.put("batch_size", batchSize);
        map.put("gradient_accumulation", gradientAccumulation);
        map.put("max_length", maxLength);
        map.put("packing", packing);
        map.put("share_prefix", sharePrefix);
        map.put("recompute", Settings.name(recompute));
        map.put("train_on_prompt", trainOnPrompt);
        template.ifPresent(value -> map.put("template", value));
        validationShare.ifPresent(value -> map.put("validation_share", value));
        if (!test.isEmpty()) {
            map.put("test", test);
        }
        patience.ifPresent(value -> map.put("patience", value));
        map.put("checkpoint_steps", checkpointSteps);
        map.put("keep_checkpoints", keepCheckpoints.toString());
        map.put("seed", seed);
        map.put("precision", Settings.name(precision));
        map.put("backend", backend);
        threads.ifPresent(value -> map.put("threads", value));
        if (!allow.isEmpty()) {
            map.put("allow", allow.stream().sorted().toList());
        }
        if (!forget.isEmpty()) {
            map.put("forget", forget.stream().sorted().toList());
        }
        return map;
    }

    /// Kinds of adapters and their parts; left out where they are not used.
    private void putPeft(Map<String, Object> map) {
        if (useDora) {
            map.put("use_dora", true);
        }
        if (!rankPattern.isEmpty()) {
            map.put("rank_pattern", rankPattern);
        }
        if (!alphaPattern.isEmpty()) {
            map.put("alpha_pattern", alphaPattern);
        }
        if (!modulesToSave.isEmpty()) {
            map.put("modules_to_save", modulesToSave);
        }
    }

    private void putOptimization(Map<String, Object> map) {
        map.put("learning_rate", learningRate);
        map.put("schedule", Settings.name(schedule));
        warmupSteps.ifPresent(value -> map.put("warmup_steps", value));
        map.put("final_learning_rate", finalLearningRate);
        map.put("zero_first_step", zeroFirstStep);
        map.put("weight_decay", weightDecay);
        map.put("beta1", beta1);
        map.put("beta2", beta2);
        map.put("epsilon", epsilon);
        map.put("max_grad_norm", maxGradNorm);
    }

    private void requireConsistent(Settings settings) {
        if (dropout != 0) {
            throw Settings.problem("dropout=" + dropout, "only 0 is supported at present; leave the key out");
        }
        if (method == Method.FULL) {
            OF_ADAPTERS.stream().filter(settings::has).findFirst().ifPresent(key -> {
                throw Settings.problem(key, "has no meaning with method=full; leave it out, or set method=lora");
            });
        }
        modulesToSave.stream().filter(targetModules::contains).findFirst().ifPresent(name -> {
            throw Settings.problem("modules_to_save",
                    ("%s is among target_modules too; a module is trained as a whole or "
                    + "gets an adapter").formatted(name));
        });
        if (!modulesToSave.isEmpty() && (weights == BaseWeights.Q8_0 || weights == BaseWeights.Q4_0)) {
            throw Settings.problem("modules_to_save",
                    "needs the weights as they are, not weights=%s; leave one of them out"
                    .formatted(Settings.name(weights)));
        }
        if (warmupSteps.orElse(0) > steps.orElse(Integer.MAX_VALUE)) {
            throw Settings.problem("warmup_steps=" + warmupSteps.getAsInt(),
                    "must not be more than steps=" + steps.getAsInt());
        }
        if (patience.isPresent() && validationShare.orElse(1) == 0) {
            throw Settings.problem("patience=" + patience.getAsInt(),
                    "needs pairs to validate on; set validation_share above 0, or leave patience out");
        }
        Refusals.requireKnown(allow);
    }
}
