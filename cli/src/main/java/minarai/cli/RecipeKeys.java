package minarai.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import minarai.train.Recipe;

/// What a recipe may set, for those who write one.
final class RecipeKeys {

    private static final List<Key> KEYS = List.of(
            new Key("method", "lora: adapters beside frozen weights; full: all weights"),
            new Key("rank", "of the adapters"),
            new Key("alpha", "the adapters' scale is alpha / rank"),
            new Key("rslora", "scale by alpha / sqrt(rank); also use_rslora"),
            new Key("use_dora", "adapters learn the lengths of the weights' rows too"),
            new Key("rank_pattern", "ranks of single modules, as PEFT has it, such as q_proj:16,v_proj:4"),
            new Key("alpha_pattern", "alphas of single modules, such as q_proj:32"),
            new Key("modules_to_save", "modules trained as a whole beside the adapters, such as lm_head"),
            new Key("dropout", "0 is the only value supported"),
            new Key("target_modules", "projections that get adapters, such as q_proj,v_proj; all-linear for all"),
            new Key("weights", "how the frozen base lies in memory: stored, f32, bf16, q8_0, q4_0"),
            new Key("learning_rate", "at the peak; with method=full otherwise 5e-05"),
            new Key("schedule", "after the warm-up: cosine, linear or constant"),
            new Key("warmup_steps", "otherwise a tenth of the steps, at most 10"),
            new Key("final_learning_rate", "at the last step, as a fraction of the peak"),
            new Key("zero_first_step", "place steps as transformers does: the first has a rate of 0"),
            new Key("weight_decay", "decoupled, as in AdamW"),
            new Key("beta1", "of AdamW"),
            new Key("beta2", "of AdamW"),
            new Key("epsilon", "of AdamW"),
            new Key("max_grad_norm", "gradients of a greater norm are scaled down to it; 0 for no limit"),
            new Key("epochs", "how often each pair is seen, unless steps says otherwise"),
            new Key("steps", "updates, in place of epochs"),
            new Key("batch_size", "pairs that count together"),
            new Key("gradient_accumulation", "batches of an update"),
            new Key("max_length", "most tokens of a pair; longer ones are refused, never cut"),
            new Key("packing", "pairs of a batch in one pass: faster, more memory, same result"),
            new Key("share_prefix", "what pairs of a pass begin with is computed once"),
            new Key("recompute", "activations again instead of kept: auto, always, never"),
            new Key("train_on_prompt", "the prompt's tokens are learned too"),
            new Key("template", "chat template, where not the model's own: a name or a file"),
            new Key("validation_share", "chance of a pair to be held out; otherwise 0.1 of ten pairs or more"),
            new Key("test", "files of pairs that must not be in the data, not even nearly"),
            new Key("patience", "evaluations without improvement before training stops"),
            new Key("checkpoint_steps", "from one checkpoint to the next; 0 for one at the end"),
            new Key("keep_checkpoints", "all, latest, or how many; with method=full otherwise latest"),
            new Key("seed", "of everything random"),
            new Key("precision", "of the computation"),
            new Key("backend", "cpu, opencl, or opencl:1 for the second device"),
            new Key("threads", "otherwise as many as the machine has"),
            new Key("allow", "names of refusals that are let pass"),
            new Key("forget", "ids of pairs that are left out"));

    /// A key and what it does.
    record Key(String name, String meaning) {
    }

    private RecipeKeys() {
    }

    static List<Key> all() {
        return KEYS;
    }

    static void print(Console console, boolean isJson) {
        Map<String, Object> defaults = Recipe.defaults().toMap();
        var table = new TextTable("key", "default", "meaning");
        var rows = new ArrayList<Map<String, Object>>();
        for (Key key : KEYS) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("key", key.name);
            if (defaults.containsKey(key.name)) {
                fields.put("default", defaults.get(key.name));
            }
            fields.put("meaning", key.meaning);
            rows.add(fields);
            table.row(key.name, defaults.containsKey(key.name) ? shown(defaults.get(key.name)) : "", key.meaning);
        }
        if (isJson) {
            console.json(Map.of("keys", rows));
        } else {
            console.line("%s", table);
        }
    }

    private static String shown(Object value) {
        return value instanceof List<?> all ? String.join(",", all.stream().map(String::valueOf).toList())
                : value.toString();
    }
}
