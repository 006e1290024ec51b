package minarai.models.format;

import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// The keys of config.json for rotary positions: `rope_theta` and `rope_scaling` as transformers 4 spells them,
/// `rope_parameters` as 5 does.
final class RopeFile {

    private static final double DEFAULT_THETA = 10_000;
    private static final double LONGEST_WAVE = 1e15;
    private static final String ORIGINAL = "original_max_position_embeddings";

    private RopeFile() {
    }

    /// @param localTheta base of the frequencies in layers with a window, where it is another
    /// @param rotarySize how many features of a head turn, where not all do
    record Rope(double theta, RopeScaling scaling, OptionalDouble localTheta, OptionalInt rotarySize) {
    }

    static Rope read(String where, Fields fields, ModelType type, int headSize, int positions) {
        var oldTheta = theta(fields, "rope_theta");
        var oldScaling = fields.object("rope_scaling");
        var parameters = fields.object("rope_parameters");
        var localTheta = type == ModelType.GEMMA3 ? theta(fields, "rope_local_base_freq") : OptionalDouble.empty();
        var original = type == ModelType.PHI3 ? fields.optionalInteger(ORIGINAL, 1, ConfigLimits.POSITIONS)
                : OptionalInt.empty();
        var part = fields.optionalNumber("partial_rotary_factor", 0, 1);
        if (parameters.isPresent() && oldScaling.isPresent()) {
            throw fields.wrong("rope_scaling", "absent beside rope_parameters, which says the same");
        }
        if (type == ModelType.GEMMA3 && parameters.isPresent()) {
            localTheta = localTheta(fields, parameters.get(), localTheta);
            parameters = parameters.get().object("full_attention");
        }
        Fields inside = parameters.or(() -> oldScaling).orElseGet(() -> new Fields(where, JsonFile.object()));
        var theta = parameters.isPresent() ? theta(inside, "rope_theta") : OptionalDouble.empty();
        if (theta.isPresent() && oldTheta.isPresent() && theta.getAsDouble() != oldTheta.getAsDouble()) {
            throw fields.wrong("rope_theta", "absent, or equal to that of rope_parameters, " + theta.getAsDouble());
        }
        var innerPart = inside.optionalNumber("partial_rotary_factor", 0, 1);
        if (type != ModelType.PHI3 && (part.orElse(1) != 1 || innerPart.orElse(1) != 1)) {
            throw (part.orElse(1) != 1 ? fields : inside).wrong("partial_rotary_factor",
                    "1; of %s models heads turn as a whole".formatted(type.key()));
        }
        double turned = innerPart.orElse(part.orElse(1));
        return new Rope(theta.orElse(oldTheta.orElse(defaultTheta(type))),
                scaling(where, inside, type, positions, original),
                type == ModelType.GEMMA3 ? OptionalDouble.of(localTheta.orElse(DEFAULT_THETA)) : OptionalDouble.empty(),
                turned == 1 ? OptionalInt.empty() : OptionalInt.of((int) (headSize * turned)));
    }

    private static OptionalDouble theta(Fields fields, String key) {
        return fields.optionalNumber(key, Double.MIN_NORMAL, LONGEST_WAVE);
    }

    /// Gemma 3 in the spelling of transformers 5 says everything for each kind of layer.
    private static OptionalDouble localTheta(Fields fields, Fields parameters, OptionalDouble old) {
        var local = parameters.object("sliding_attention");
        if (local.isPresent() && !local.get().text("rope_type").orElse("default").equals("default")) {
            throw local.get().wrong("rope_type", "default; layers with a window are not stretched");
        }
        var theta = local.isPresent() ? theta(local.get(), "rope_theta") : OptionalDouble.empty();
        if (theta.isPresent() && old.isPresent() && theta.getAsDouble() != old.getAsDouble()) {
            throw fields.wrong("rope_local_base_freq", "absent, or equal to that of rope_parameters");
        }
        local.ifPresent(each -> each.refuseOthers(Set.of()));
        parameters.find("full_attention");
        parameters.refuseOthers(Set.of());
        return theta.isPresent() ? theta : old;
    }

    private static double defaultTheta(ModelType type) {
        return switch (type) {
            case LLAMA, MISTRAL, QWEN2, QWEN3, PHI3, OLMO2, GEMMA2 -> DEFAULT_THETA;
            case SMOLLM3 -> 2e6;
            case GEMMA3 -> 1e6;
        };
    }

    private static RopeScaling scaling(String where, Fields fields, ModelType type, int positions,
            OptionalInt original) {
        var newName = fields.text("rope_type");
        var oldName = fields.text("type");
        if (newName.isPresent() && oldName.isPresent() && !newName.equals(oldName)) {
            throw fields.wrong("type", "absent, or equal to rope_type, " + newName.get());
        }
        String name = newName.or(() -> oldName).orElse("default");
        boolean isPhiName = type == ModelType.PHI3 && (name.equals("su") || name.equals("yarn"));
        try {
            RopeScaling scaling = switch (isPhiName ? "longrope" : name) {
                case "default" -> none(fields);
                case "linear" -> new RopeScaling.Linear(fields.number("factor", 1, 1e6));
                case "dynamic" -> new RopeScaling.Dynamic(fields.number("factor", 1, 1e6));
                case "llama3" -> new RopeScaling.Llama3(fields.number("factor", 1, 1e6),
                        fields.number("low_freq_factor", 0, 1e6), fields.number("high_freq_factor", 0, 1e6),
                        fields.integer(ORIGINAL, 1, ConfigLimits.POSITIONS));
                case "yarn" -> yarn(fields, positions);
                case "longrope" -> longRope(fields, positions, original);
                default -> throw new IllegalArgumentException(("rope scaling of type %s is not supported; default, "
                        + "linear, dynamic, llama3, yarn and longrope are").formatted(name));
            };
            fields.refuseOthers(Set.of());
            return scaling;
        } catch (IllegalArgumentException unsound) {
            String sentence = unsound.getMessage();
            throw new IllegalArgumentException(sentence.startsWith("reading ") ? sentence
                    : "reading %s: %s".formatted(where, sentence), unsound);
        }
    }

    /// Some files state the original length though nothing is stretched.
    private static RopeScaling none(Fields fields) {
        fields.optionalInteger(ORIGINAL, 1, ConfigLimits.POSITIONS);
        return new RopeScaling.None();
    }

    private static RopeScaling yarn(Fields fields, int positions) {
        double factor = fields.number("factor", 1, 1e6);
        var length = fields.optionalNumber("attention_factor", 0, 1e6);
        double scale = fields.optionalNumber("mscale", 0, 1e6).orElse(0);
        double allScale = fields.optionalNumber("mscale_all_dim", 0, 1e6).orElse(0);
        if (length.isEmpty() && scale > 0 && allScale > 0) {
            double logarithm = 0.1 * StrictMath.log(factor);
            length = OptionalDouble.of((scale * logarithm + 1) / (allScale * logarithm + 1));
        }
        return new RopeScaling.Yarn(factor,
                fields.optionalInteger(ORIGINAL, 1, ConfigLimits.POSITIONS).orElse(positions),
                fields.optionalNumber("beta_fast", 0, 1e6).orElse(32),
                fields.optionalNumber("beta_slow", 0, 1e6).orElse(1), fields.flag("truncate", true), length);
    }

    private static RopeScaling longRope(Fields fields, int positions, OptionalInt outer) {
        var inner = fields.optionalInteger(ORIGINAL, 1, ConfigLimits.POSITIONS);
        int original = inner.orElse(outer.orElse(positions));
        double ratio = (double) positions / original;
        var length = fields.optionalNumber("attention_factor", 0, 1e6);
        double factor = fields.optionalNumber("factor", 1, 1e6).orElse(ratio);
        if (length.isEmpty() && Math.abs(factor - ratio) > 1e-9 * ratio) {
            throw fields.wrong("factor", "absent, or max_position_embeddings / %s, %s".formatted(ORIGINAL, ratio));
        }
        return new RopeScaling.LongRope(fields.numbers("short_factor"), fields.numbers("long_factor"), original,
                positions, length);
    }

    /// In the spelling of transformers 4, which 5 reads too.
    static void write(ObjectNode json, LlamaConfig config) {
        json.put("rope_theta", config.ropeTheta());
        config.departures().localTheta().ifPresent(theta -> json.put("rope_local_base_freq", theta));
        config.departures().rotarySize().ifPresent(size ->
                json.put("partial_rotary_factor", (double) size / config.headSize()));
        switch (config.ropeScaling()) {
            case RopeScaling.None _ -> json.putNull("rope_scaling");
            case RopeScaling.Linear(double factor) -> json.putObject("rope_scaling").put("factor", factor)
                    .put("rope_type", "linear");
            case RopeScaling.Dynamic(double factor) -> json.putObject("rope_scaling").put("factor", factor)
                    .put("rope_type", "dynamic");
            case RopeScaling.Llama3(double factor, double low, double high, int original) ->
                    json.putObject("rope_scaling").put("factor", factor).put("high_freq_factor", high)
                            .put("low_freq_factor", low).put(ORIGINAL, original).put("rope_type", "llama3");
            case RopeScaling.Yarn yarn -> {
                var object = json.putObject("rope_scaling").put("beta_fast", yarn.betaFast())
                        .put("beta_slow", yarn.betaSlow()).put("factor", yarn.factor())
                        .put(ORIGINAL, yarn.originalMaxPositions()).put("rope_type", "yarn")
                        .put("truncate", yarn.isTruncated());
                yarn.length().ifPresent(length -> object.put("attention_factor", length));
            }
            case RopeScaling.LongRope rope -> {
                json.put(ORIGINAL, rope.originalMaxPositions());
                var object = json.putObject("rope_scaling");
                rope.shortFactors().forEach(object.putArray("short_factor")::add);
                rope.longFactors().forEach(object.putArray("long_factor")::add);
                rope.length().ifPresent(length -> object.put("attention_factor", length));
                object.put("type", "longrope");
            }
        }
    }
}
