package minarai.models.format;

import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.ObjectNode;

/// The keys of config.json that tell layers apart: which see a window only, and which do not turn.
///
/// @param window     how many positions a query sees in layers that have a window
/// @param wide       layers without it, if some have one
/// @param unrotated  layers whose heads do not turn
record LayerKinds(OptionalInt window, Set<Integer> wide, Set<Integer> unrotated) {

    private static final int DEFAULT_WINDOW = 4096;
    private static final int QWEN_WIDE = 28;
    private static final int GEMMA3_PATTERN = 6;
    private static final int SMOL_INTERVAL = 4;
    private static final String NARROW = "sliding_attention";
    private static final String WIDE = "full_attention";

    static LayerKinds read(ModelType type, Fields fields, int layers) {
        var unrotated = unrotated(type, fields, layers);
        var window = window(type, fields);
        var wide = wide(type, fields, layers, unrotated);
        var types = fields.texts("layer_types");
        if (!types.isEmpty()) {
            requireKinds(type, fields, layers, window);
            wide = new TreeSet<>();
            for (int i = 0; i < layers; i++) {
                if (types.get(i).equals(WIDE)) {
                    wide.add(i);
                }
            }
        }
        return window.isEmpty() || wide.size() == layers ? new LayerKinds(OptionalInt.empty(), Set.of(), unrotated)
                : new LayerKinds(window, wide, unrotated);
    }

    private static void requireKinds(ModelType type, Fields fields, int layers, OptionalInt window) {
        var types = fields.texts("layer_types");
        boolean canDiffer = switch (type) {
            case LLAMA, MISTRAL, PHI3, OLMO2 -> false;
            case QWEN2, QWEN3, SMOLLM3, GEMMA2, GEMMA3 -> window.isPresent();
        };
        String only = window.isPresent() ? NARROW : WIDE;
        if (!canDiffer && (types.size() != layers || types.stream().anyMatch(kind -> !kind.equals(only)))) {
            throw fields.wrong("layer_types", "%d times %s".formatted(layers, only));
        }
        if (types.size() != layers || types.stream().anyMatch(kind -> !kind.equals(NARROW) && !kind.equals(WIDE))) {
            throw fields.wrong("layer_types", "%d times %s or %s".formatted(layers, WIDE, NARROW));
        }
    }

    private static OptionalInt window(ModelType type, Fields fields) {
        return switch (type) {
            case LLAMA, OLMO2 -> {
                if (fields.has("sliding_window")) {
                    throw fields.wrong("sliding_window", "absent or null for model_type %s, which does not use it"
                            .formatted(type.key()));
                }
                yield OptionalInt.empty();
            }
            case PHI3 -> fields.optionalInteger("sliding_window", 1, ConfigLimits.POSITIONS);
            case MISTRAL, GEMMA2, GEMMA3 -> windowOr(fields, OptionalInt.of(DEFAULT_WINDOW));
            case QWEN2, QWEN3, SMOLLM3 -> {
                boolean isUsed = fields.flag("use_sliding_window", false);
                var window = windowOr(fields, type == ModelType.SMOLLM3 ? OptionalInt.empty()
                        : OptionalInt.of(DEFAULT_WINDOW));
                yield isUsed ? window : OptionalInt.empty();
            }
        };
    }

    private static OptionalInt windowOr(Fields fields, OptionalInt absent) {
        var window = fields.optionalInteger("sliding_window", 1, ConfigLimits.POSITIONS);
        return fields.keys().contains("sliding_window") ? window : absent;
    }

    /// The layers without a window where the file does not list them.
    private static Set<Integer> wide(ModelType type, Fields fields, int layers, Set<Integer> unrotated) {
        var wide = new TreeSet<Integer>();
        int first = type == ModelType.QWEN2 || type == ModelType.QWEN3 || type == ModelType.SMOLLM3
                ? fields.optionalInteger("max_window_layers", 0, Integer.MAX_VALUE).orElse(QWEN_WIDE) : 0;
        int pattern = type == ModelType.GEMMA3 ? pattern(fields) : 2;
        for (int i = 0; i < layers; i++) {
            boolean isWide = switch (type) {
                case LLAMA, MISTRAL, PHI3, OLMO2 -> false;
                case QWEN2, QWEN3 -> i < first;
                case SMOLLM3 -> !unrotated.contains(i);
                case GEMMA2, GEMMA3 -> (i + 1) % pattern == 0;
            };
            if (isWide) {
                wide.add(i);
            }
        }
        return wide;
    }

    private static int pattern(Fields fields) {
        var named = fields.optionalInteger("sliding_window_pattern", 1, ConfigLimits.LAYERS);
        var hidden = fields.optionalInteger("_sliding_window_pattern", 1, ConfigLimits.LAYERS);
        return named.orElse(hidden.orElse(GEMMA3_PATTERN));
    }

    private static Set<Integer> unrotated(ModelType type, Fields fields, int layers) {
        var unrotated = new TreeSet<Integer>();
        if (type != ModelType.SMOLLM3) {
            return unrotated;
        }
        int interval = fields.optionalInteger("no_rope_layer_interval", 1, ConfigLimits.LAYERS).orElse(SMOL_INTERVAL);
        var turns = fields.integers("no_rope_layers");
        if (!turns.isEmpty() && (turns.size() < layers || turns.stream().anyMatch(each -> each > 1))) {
            throw fields.wrong("no_rope_layers", "%d times 1 or 0".formatted(layers));
        }
        for (int i = 0; i < layers; i++) {
            if (turns.isEmpty() ? (i + 1) % interval == 0 : turns.get(i) == 0) {
                unrotated.add(i);
            }
        }
        return unrotated;
    }

    /// In the spelling that transformers 4 and 5 both read.
    static void write(ObjectNode json, LlamaConfig config) {
        ModelType type = config.modelType();
        switch (type) {
            case LLAMA, OLMO2 -> {
            }
            case MISTRAL, PHI3 -> putWindow(json, config);
            case QWEN2, QWEN3, SMOLLM3 -> {
                json.put("use_sliding_window", config.slidingWindow().isPresent());
                putWindow(json, config);
                putKinds(json, config);
            }
            case GEMMA2, GEMMA3 -> {
                putWindow(json, config);
                putKinds(json, config);
            }
        }
        if (type == ModelType.SMOLLM3) {
            var turns = json.putArray("no_rope_layers");
            for (int i = 0; i < config.layers(); i++) {
                turns.add(config.departures().unrotatedLayers().contains(i) ? 0 : 1);
            }
        }
    }

    private static void putWindow(ObjectNode json, LlamaConfig config) {
        json.putNull("sliding_window");
        config.slidingWindow().ifPresent(window -> json.put("sliding_window", window));
    }

    private static void putKinds(ObjectNode json, LlamaConfig config) {
        var kinds = json.putArray("layer_types");
        for (int i = 0; i < config.layers(); i++) {
            kinds.add(config.windowOf(i).isPresent() ? NARROW : WIDE);
        }
    }
}
