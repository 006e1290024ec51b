package minarai.models.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// config.json and generation_config.json of all supported models: which architecture a file is of, and what the files
/// of all have in common.
final class ModelConfigFile {

    /// Keys that change nothing here: provenance, training, bookkeeping, tokens that only the tokenizer uses.
    static final Set<String> HARMLESS = Set.of("transformers_version", "use_cache", "initializer_range",
            "pretraining_tp", "_name_or_path", "torch_dtype", "dtype", "pad_token_id", "output_attentions",
            "output_hidden_states", "return_dict", "id2label", "label2id", "tokenizer_class", "_attn_implementation",
            "_attn_implementation_autoset", "attn_implementation", "_commit_hash", "unsloth_version",
            "is_llama_config", "transformers.js_config", "neftune_noise_alpha", "unsloth_fixed", "use_return_dict",
            "problem_type", "torchscript", "chunk_size_feed_forward");

    private static final Map<DataType, String> TORCH_NAMES = Map.of(
            DataType.F32, "float32", DataType.F16, "float16", DataType.BF16, "bfloat16");

    private ModelConfigFile() {
    }

    static ModelConfig read(Path config) {
        return parse(config.toString(), JsonFile.read(config, JsonFile.CONFIGURATION_BYTES));
    }

    /// @param where what the keys come from, for messages
    static ModelConfig parse(String where, ObjectNode json) {
        String type = new Fields(where, json).text("model_type").orElse("absent");
        if (type.equals(Gpt2Config.TYPE)) {
            return Gpt2ConfigFile.parse(where, json);
        }
        return LlamaConfigFile.parse(where, json, ModelType.named(type).orElseThrow(() -> new IllegalArgumentException(
                "reading %s: model_type is %s; supported are %s, %s".formatted(where, type, ModelType.supported(),
                        Gpt2Config.TYPE))));
    }

    /// Checks that `architectures`, where it is there, names the language model of the type.
    static void requireArchitecture(Fields fields, String architecture) {
        var architectures = fields.texts("architectures");
        if (!architectures.isEmpty() && !architectures.equals(List.of(architecture))) {
            throw fields.wrong("architectures", "[\"%s\"]".formatted(architecture));
        }
    }

    /// The same model with the end tokens of generation_config.json behind its own.
    static ModelConfig extend(ModelConfig config, Path generationConfig) {
        var json = JsonFile.read(generationConfig, JsonFile.CONFIGURATION_BYTES);
        var eos = new LinkedHashSet<>(config.eosIds());
        eos.addAll(new Fields(generationConfig.toString(), json).integers("eos_token_id"));
        try {
            return config.withEosIds(new ArrayList<>(eos));
        } catch (IllegalArgumentException unsound) {
            throw new IllegalArgumentException("reading %s: %s".formatted(generationConfig, unsound.getMessage()),
                    unsound);
        }
    }

    /// config.json in the spelling that transformers 4 and 5 both read.
    static ObjectNode write(ModelConfig config, DataType type) {
        return switch (config) {
            case LlamaConfig llama -> LlamaConfigFile.write(llama, type);
            case Gpt2Config gpt2 -> Gpt2ConfigFile.write(gpt2, type);
        };
    }

    /// generation_config.json.
    static ObjectNode writeGeneration(ModelConfig config) {
        var json = JsonFile.object();
        config.bosId().ifPresent(id -> json.put("bos_token_id", id));
        putEos(json, config.eosIds());
        return json;
    }

    static void putEos(ObjectNode json, List<Integer> eosIds) {
        if (eosIds.size() == 1) {
            json.put("eos_token_id", eosIds.getFirst());
        } else if (!eosIds.isEmpty()) {
            var list = json.putArray("eos_token_id");
            eosIds.forEach(list::add);
        }
    }

    /// The name of a type of weights in `torch_dtype`.
    static String torchName(DataType type) {
        return Objects.requireNonNull(TORCH_NAMES.get(type));
    }
}
