package minarai.models.format;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import tools.jackson.databind.node.ObjectNode;

/// The settings of a LoRA adapter, as in adapter_config.json.
///
/// @param rank          inner size of the adapter, `r`
/// @param alpha         the correction is scaled by alpha / rank, or alpha / sqrt(rank) with [#useRslora()]
/// @param dropout       chance that an input of the adapter is zeroed in training, 0 to below 1
/// @param targetModules which modules carry an adapter
/// @param useRslora     whether the scale is rank-stabilised (Kalajdzievski 2023)
/// @param useDora       whether the adapter learns the lengths of the weights' rows too (Liu et al. 2024)
/// @param rankPattern   ranks of single modules, by the end of their path or a regular expression for it
/// @param alphaPattern  alphas of single modules, likewise
/// @param fanInFanOut   whether the base stores its weights as inputs x outputs (GPT-2's Conv1D)
/// @param baseModel     name or path of the base model, may be empty
/// @param taskType      e.g. `CAUSAL_LM`
/// @param modulesToSave modules that are trained as a whole, by the end of their path, e.g. `lm_head`
public record PeftConfig(int rank, double alpha, double dropout, TargetModules targetModules, boolean useRslora,
        boolean useDora, SequencedMap<String, Integer> rankPattern, SequencedMap<String, Double> alphaPattern,
        boolean fanInFanOut, String baseModel, String taskType, List<String> modulesToSave) {

    static final int MAX_RANK = 1 << 16;
    static final double MAX_ALPHA = 1e9;

    /// @throws IllegalArgumentException if a number is out of bounds or a pattern unsound
    public PeftConfig {
        rankPattern = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(rankPattern));
        alphaPattern = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(alphaPattern));
        modulesToSave = modulesToSave.stream().sorted().distinct().toList();
        if (modulesToSave.contains("")) {
            throw new IllegalArgumentException("modules_to_save names a module without a name");
        }
        requireRank(rank);
        requireAlpha(alpha);
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("lora_dropout is %s; it must be from 0 to below 1".formatted(dropout));
        }
        rankPattern.keySet().forEach(PathPattern::check);
        alphaPattern.keySet().forEach(PathPattern::check);
        rankPattern.values().forEach(PeftConfig::requireRank);
        alphaPattern.values().forEach(PeftConfig::requireAlpha);
    }

    /// Settings without modules that are trained as a whole.
    public PeftConfig(int rank, double alpha, double dropout, TargetModules targetModules, boolean useRslora,
            boolean useDora, SequencedMap<String, Integer> rankPattern, SequencedMap<String, Double> alphaPattern,
            boolean fanInFanOut, String baseModel, String taskType) {
        this(rank, alpha, dropout, targetModules, useRslora, useDora, rankPattern, alphaPattern, fanInFanOut, baseModel,
                taskType, List.of());
    }

    /// A plain LoRA of one rank and alpha for all its modules.
    public static PeftConfig lora(int rank, double alpha, double dropout, TargetModules targetModules,
            String baseModel) {
        return new PeftConfig(rank, alpha, dropout, targetModules, false, false, new LinkedHashMap<>(),
                new LinkedHashMap<>(), false, baseModel, "CAUSAL_LM");
    }

    /// Whether the module of this path is trained as a whole.
    public boolean isSaved(String path) {
        return modulesToSave.stream().anyMatch(name -> path.equals(name) || path.endsWith("." + name));
    }

    /// The rank of the adapter of one module.
    public int rankOf(String path) {
        return first(rankPattern, path, rank);
    }

    /// The alpha of the adapter of one module.
    public double alphaOf(String path) {
        return first(alphaPattern, path, alpha);
    }

    /// What the correction of one module is multiplied with.
    public double scaleOf(String path) {
        int moduleRank = rankOf(path);
        return alphaOf(path) / (useRslora ? Math.sqrt(moduleRank) : moduleRank);
    }

    /// Whether a pattern is for a module: the path, or its end from a dot on, matches it.
    public static boolean isNamed(String pattern, String path) {
        return PathPattern.matches("(.*\\.)?(" + pattern + ")", path);
    }

    /// The first pattern that the path ends with at a dot decides, as in the reference.
    private static <T> T first(SequencedMap<String, T> patterns, String path, T otherwise) {
        for (var entry : patterns.entrySet()) {
            if (isNamed(entry.getKey(), path)) {
                return entry.getValue();
            }
        }
        return otherwise;
    }

    private static void requireRank(int rank) {
        if (rank < 1 || rank > MAX_RANK) {
            throw new IllegalArgumentException("the rank of an adapter is %d; it must be from 1 to %d"
                    .formatted(rank, MAX_RANK));
        }
    }

    private static void requireAlpha(double alpha) {
        if (!(alpha > 0 && alpha <= MAX_ALPHA)) {
            throw new IllegalArgumentException("lora_alpha is %s; it must be above 0 and at most %s"
                    .formatted(alpha, MAX_ALPHA));
        }
    }

    /// adapter_config.json with all keys that other tools look for.
    ObjectNode toJson() {
        var json = JsonFile.object();
        putNumbers(json.putObject("alpha_pattern"), alphaPattern);
        json.put("base_model_name_or_path", baseModel.isEmpty() ? null : baseModel)
                .put("bias", "none")
                .put("fan_in_fan_out", fanInFanOut)
                .put("inference_mode", true);
        putNumber(json, "lora_alpha", alpha);
        json.put("lora_dropout", dropout)
                .putNull("modules_to_save")
                .put("peft_type", "LORA")
                .put("r", rank);
        if (!modulesToSave.isEmpty()) {
            modulesToSave.forEach(json.putArray("modules_to_save")::add);
        }
        putNumbers(json.putObject("rank_pattern"), rankPattern);
        switch (targetModules) {
            case TargetModules.Names(var names) -> names.forEach(json.putArray("target_modules")::add);
            case TargetModules.AllLinear _ -> json.put("target_modules", "all-linear");
            case TargetModules.Expression(var text) -> json.put("target_modules", text);
        }
        return json.put("task_type", taskType)
                .put("use_dora", useDora)
                .put("use_rslora", useRslora);
    }

    private static void putNumbers(ObjectNode json, Map<String, ? extends Number> numbers) {
        numbers.forEach((key, value) -> putNumber(json, key, value.doubleValue()));
    }

    /// Whole numbers without a decimal point: some readers take nothing else.
    private static void putNumber(ObjectNode json, String key, double value) {
        if (value == Math.rint(value)) {
            json.put(key, (long) value);
        } else {
            json.put(key, value);
        }
    }
}
