package minarai.models.format;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/// The names of tensors in GGUF, from those in Hugging Face's folders.
///
/// @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/gguf-py/gguf/tensor_mapping.py">tensor_mapping.py</a>
final class GgufNames {

    static final String EMBEDDING = "token_embd.weight";
    static final String HEAD = "output.weight";
    static final String POSITIONS = "position_embd.weight";
    /// What the rotary frequencies are divided by, one number for each.
    static final String ROTARY_FACTORS = "rope_freqs.weight";
    /// The bias that shows whether a model has biases on queries, keys and values.
    static final String QUERY_BIAS = "blk.0.attn_q.bias";
    static final String OUTPUT_BIAS = "blk.0.attn_output.bias";

    private static final Pattern NAME = Pattern.compile("(.+)\\.(weight|bias)");
    private static final Pattern BLOCK = Pattern.compile("(?:model\\.layers|transformer\\.h)\\.(\\d+)\\.(.+)");
    private static final Map<String, String> OUTSIDE = Map.of(
            "model.embed_tokens", "token_embd",
            "model.norm", "output_norm",
            "lm_head", "output",
            "transformer.wte", "token_embd",
            "transformer.wpe", "position_embd",
            "transformer.ln_f", "output_norm");
    private static final Map<String, String> INSIDE = inside();

    private GgufNames() {
    }

    private static Map<String, String> inside() {
        var names = new HashMap<String, String>();
        names.put("input_layernorm", "attn_norm");
        names.put("self_attn.q_proj", "attn_q");
        names.put("self_attn.k_proj", "attn_k");
        names.put("self_attn.v_proj", "attn_v");
        names.put("self_attn.o_proj", "attn_output");
        names.put("self_attn.q_norm", "attn_q_norm");
        names.put("self_attn.k_norm", "attn_k_norm");
        names.put("self_attn.qkv_proj", "attn_qkv");
        names.put("post_attention_layernorm", "ffn_norm");
        names.put("pre_feedforward_layernorm", "ffn_norm");
        names.put("post_feedforward_layernorm", "post_ffw_norm");
        names.put("mlp.gate_proj", "ffn_gate");
        names.put("mlp.up_proj", "ffn_up");
        names.put("mlp.gate_up_proj", "ffn_up");
        names.put("mlp.down_proj", "ffn_down");
        names.put("ln_1", "attn_norm");
        names.put("attn.c_attn", "attn_qkv");
        names.put("attn.c_proj", "attn_output");
        names.put("ln_2", "ffn_norm");
        names.put("mlp.c_fc", "ffn_up");
        names.put("mlp.c_proj", "ffn_down");
        return Map.copyOf(names);
    }

    /// The name of a tensor, e.g. `blk.0.attn_q.weight` for `model.layers.0.self_attn.q_proj.weight`; empty where GGUF
    /// knows none.
    static Optional<String> of(GgufArchitecture architecture, String huggingFace) {
        var name = NAME.matcher(huggingFace);
        if (!name.matches()) {
            return Optional.empty();
        }
        String kind = "." + name.group(2);
        return module(architecture, name.group(1)).map(module -> module + kind);
    }

    /// The name of a module, e.g. `blk.0.attn_q` for `model.layers.0.self_attn.q_proj`.
    static Optional<String> module(GgufArchitecture architecture, String huggingFace) {
        var block = BLOCK.matcher(huggingFace);
        if (!block.matches()) {
            return Optional.ofNullable(OUTSIDE.get(huggingFace));
        }
        boolean isBehind = architecture.hasNormsBehind() && block.group(2).equals("post_attention_layernorm");
        return Optional.ofNullable(isBehind ? "post_attention_norm" : INSIDE.get(block.group(2)))
                .map(inside -> "blk." + block.group(1) + "." + inside);
    }
}
