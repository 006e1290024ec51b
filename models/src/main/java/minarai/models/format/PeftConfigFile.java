package minarai.models.format;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// Reads adapter_config.json. What would change the computation and is not supported is refused by name; the many
/// settings of other methods are accepted only where they are switched off (`null`, `false`, or empty).
final class PeftConfigFile {

    private static final Set<String> HARMLESS = Set.of("peft_version", "auto_mapping", "revision", "inference_mode",
            "megatron_core", "qalora_group_size");
    /// Ways to start an adapter that leave the base as it is; others take the adapter's start out of the base.
    private static final Set<String> HARMLESS_STARTS = Set.of("gaussian", "orthogonal", "eva");
    private static final int DEFAULT_RANK = 8;
    private static final double DEFAULT_ALPHA = 8;

    private PeftConfigFile() {
    }

    static PeftConfig read(Path path) {
        var fields = new Fields(path.toString(), JsonFile.read(path, JsonFile.CONFIGURATION_BYTES));
        requireLora(fields);
        int rank = fields.optionalInteger("r", 1, PeftConfig.MAX_RANK).orElse(DEFAULT_RANK);
        double alpha = fields.optionalNumber("lora_alpha", 0, PeftConfig.MAX_ALPHA).orElse(DEFAULT_ALPHA);
        double dropout = fields.optionalNumber("lora_dropout", 0, 1).orElse(0);
        boolean useRslora = fields.flag("use_rslora", false);
        boolean useDora = fields.flag("use_dora", false);
        var saved = fields.texts("modules_to_save");
        boolean fanInFanOut = fields.flag("fan_in_fan_out", false);
        String base = fields.text("base_model_name_or_path").orElse("");
        String task = fields.text("task_type").orElse("CAUSAL_LM");
        if (!task.equals("CAUSAL_LM")) {
            throw fields.wrong("task_type", "CAUSAL_LM; adapters for other tasks are not supported");
        }
        var ranks = numbers(fields, "rank_pattern", (inside, key) -> inside.integer(key, 1, PeftConfig.MAX_RANK));
        var alphas = numbers(fields, "alpha_pattern", (inside, key) -> inside.number(key, 0, PeftConfig.MAX_ALPHA));
        try {
            var targets = targets(fields);
            refuseOthers(fields);
            return new PeftConfig(rank, alpha, dropout, targets, useRslora, useDora, ranks, alphas, fanInFanOut, base,
                    task, saved);
        } catch (IllegalArgumentException unsound) {
            String sentence = unsound.getMessage();
            throw new IllegalArgumentException(sentence.startsWith("reading ") ? sentence
                    : "reading %s: %s".formatted(path, sentence), unsound);
        }
    }

    private static void requireLora(Fields fields) {
        if (!fields.text("peft_type").equals(Optional.of("LORA"))) {
            if (!fields.has("peft_type")) {
                throw fields.missing("peft_type");
            }
            throw fields.wrong("peft_type", "LORA; other methods are not supported");
        }
        if (!fields.text("bias").orElse("none").equals("none")) {
            throw fields.wrong("bias", "\"none\"; adapters that train biases of the base are not supported");
        }
        var start = fields.find("init_lora_weights");
        if (start.isPresent() && !start.get().isBoolean()
                && !(start.get().isString() && HARMLESS_STARTS.contains(start.get().stringValue()))) {
            throw fields.wrong("init_lora_weights", "true, false, gaussian, orthogonal or eva; other starts change the "
                    + "base model too, so save the adapter as a plain LoRA first");
        }
    }

    private static TargetModules targets(Fields fields) {
        var value = fields.find("target_modules").orElseThrow(() -> fields.missing("target_modules"));
        if (!value.isString()) {
            return new TargetModules.Names(fields.texts("target_modules"));
        }
        return value.stringValue().equals("all-linear") ? new TargetModules.AllLinear()
                : new TargetModules.Expression(value.stringValue());
    }

    /// Reads one number of an object.
    @FunctionalInterface
    private interface Number<T> {
        T read(Fields inside, String key);
    }

    private static <T> SequencedMap<String, T> numbers(Fields fields, String key, Number<T> number) {
        var numbers = new LinkedHashMap<String, T>();
        fields.object(key).ifPresent(inside ->
                inside.keys().forEach(pattern -> numbers.put(pattern, number.read(inside, pattern))));
        return numbers;
    }

    private static void refuseOthers(Fields fields) {
        for (String key : fields.keys()) {
            if (fields.isAsked(key) || HARMLESS.contains(key)) {
                continue;
            }
            if (!fields.find(key).map(PeftConfigFile::isOff).orElse(true)) {
                throw fields.wrong(key, "off (null, false or empty); what it switches on is not supported");
            }
        }
    }

    private static boolean isOff(JsonNode value) {
        return value.isBoolean() ? !value.booleanValue() : value.isContainer() && value.isEmpty();
    }
}
