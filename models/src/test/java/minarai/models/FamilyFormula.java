package minarai.models;

import java.util.Arrays;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelType;
import minarai.models.format.RopeScaling;

/// The Llama family once more in f64 and plain loops, from the papers and not from our operations: attention (Vaswani
/// et al. 2017, eq. 1) of turned queries and keys (Su et al. 2021, eq. 34), norms (Zhang and Sennrich 2019, eq. 4),
/// gated MLPs (Shazeer 2020), and what each model does otherwise.
///
/// @param weights outputs x inputs, or one row, by name
record FamilyFormula(LlamaConfig config, Map<String, double[][]> weights) {

    double[][] logits(int[] ids) {
        boolean isGemma = config.modelType().isGemma();
        double[][] x = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            x[t] = Arrays.stream(weights.get("model.embed_tokens.weight")[ids[t]])
                    .map(each -> isGemma ? each * Math.sqrt(config.hiddenSize()) : each).toArray();
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String path = "model.layers." + layer + ".";
            if (config.modelType() == ModelType.OLMO2) {
                x = sum(x, norm(attention(x, path, layer), path + "post_attention_layernorm"));
                x = sum(x, norm(mlp(x, path), path + "post_feedforward_layernorm"));
            } else if (isGemma) {
                x = sum(x, norm(attention(norm(x, path + "input_layernorm"), path, layer),
                        path + "post_attention_layernorm"));
                x = sum(x, norm(mlp(norm(x, path + "pre_feedforward_layernorm"), path),
                        path + "post_feedforward_layernorm"));
            } else {
                x = sum(x, attention(norm(x, path + "input_layernorm"), path, layer));
                x = sum(x, mlp(norm(x, path + "post_attention_layernorm"), path));
            }
        }
        double[][] logits = linear(norm(x, "model.norm"), config.tieWordEmbeddings()
                ? "model.embed_tokens" : "lm_head");
        double cap = config.departures().logitCap().orElse(0);
        return cap == 0 ? logits : each(logits, logit -> cap * StrictMath.tanh(logit / cap));
    }

    /// The mean over positions of what the next token costs, in nats.
    double loss(int[] ids) {
        double[][] logits = logits(ids);
        double sum = 0;
        for (int t = 0; t + 1 < ids.length; t++) {
            sum += StrictMath.log(Arrays.stream(logits[t]).map(StrictMath::exp).sum()) - logits[t][ids[t + 1]];
        }
        return sum / (ids.length - 1);
    }

    private double[][] attention(double[][] h, String path, int layer) {
        int queries = config.querySize();
        int keys = config.keyValueSize();
        double[][] q;
        double[][] k;
        double[][] v;
        if (config.modelType() == ModelType.PHI3) {
            double[][] all = linear(h, path + "self_attn.qkv_proj");
            q = columns(all, 0, queries);
            k = columns(all, queries, keys);
            v = columns(all, queries + keys, keys);
        } else {
            q = linear(h, path + "self_attn.q_proj");
            k = linear(h, path + "self_attn.k_proj");
            v = linear(h, path + "self_attn.v_proj");
        }
        q = turned(headNorm(q, path + "self_attn.q_norm"), layer);
        k = turned(headNorm(k, path + "self_attn.k_norm"), layer);
        return linear(gathered(q, k, v, layer), path + "self_attn.o_proj");
    }

    private double[][] headNorm(double[][] x, String path) {
        return weights.containsKey(path + ".weight") ? norm(x, path) : x;
    }

    private double[][] gathered(double[][] q, double[][] k, double[][] v, int layer) {
        int size = config.headSize();
        double scale = 1 / Math.sqrt(config.departures().queryScalar().orElse(size));
        double cap = config.departures().scoreCap().orElse(0);
        double[][] y = new double[q.length][q[0].length];
        for (int t = 0; t < q.length; t++) {
            int first = Math.max(0, t + 1 - config.windowOf(layer).orElse(q.length));
            for (int head = 0; head < config.heads(); head++) {
                int shared = head * config.keyValueHeads() / config.heads() * size;
                double[] shares = new double[t + 1];
                for (int s = first; s <= t; s++) {
                    double score = 0;
                    for (int d = 0; d < size; d++) {
                        score += scale * q[t][head * size + d] * k[s][shared + d];
                    }
                    shares[s] = StrictMath.exp(cap == 0 ? score : cap * StrictMath.tanh(score / cap));
                }
                double sum = Arrays.stream(shares).sum();
                for (int d = 0; d < size; d++) {
                    for (int s = first; s <= t; s++) {
                        y[t][head * size + d] += shares[s] / sum * v[s][shared + d];
                    }
                }
            }
        }
        return y;
    }

    /// Each pair of features of a head as a complex number, times a number of the angle of the position.
    private double[][] turned(double[][] x, int layer) {
        if (config.departures().unrotatedLayers().contains(layer)) {
            return x;
        }
        boolean isLocal = config.departures().localTheta().isPresent() && config.windowOf(layer).isPresent();
        double theta = isLocal ? config.departures().localTheta().getAsDouble() : config.ropeTheta();
        RopeScaling scaling = isLocal ? new RopeScaling.None() : config.ropeScaling();
        int turning = config.rotarySize();
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            y[t] = x[t].clone();
            for (int head = 0; head < x[t].length; head += config.headSize()) {
                for (int i = 0; i < turning / 2; i++) {
                    double angle = t * stretched(StrictMath.pow(theta, -2.0 * i / turning), i, turning, theta, scaling);
                    double length = length(scaling);
                    double real = x[t][head + i];
                    double imaginary = x[t][head + i + turning / 2];
                    y[t][head + i] = length * (real * StrictMath.cos(angle) - imaginary * StrictMath.sin(angle));
                    y[t][head + i + turning / 2] = length * (real * StrictMath.sin(angle)
                            + imaginary * StrictMath.cos(angle));
                }
            }
        }
        return y;
    }

    private static double stretched(double frequency, int pair, int turning, double theta, RopeScaling scaling) {
        return switch (scaling) {
            case RopeScaling.None _, RopeScaling.Dynamic _ -> frequency;
            case RopeScaling.Linear linear -> frequency / linear.factor();
            case RopeScaling.LongRope rope -> frequency / rope.shortFactors().get(pair);
            case RopeScaling.Llama3 llama -> {
                double wave = 2 * Math.PI / frequency;
                double longest = llama.originalMaxPositions() / llama.lowFrequencyFactor();
                double shortest = llama.originalMaxPositions() / llama.highFrequencyFactor();
                double share = (llama.originalMaxPositions() / wave - llama.lowFrequencyFactor())
                        / (llama.highFrequencyFactor() - llama.lowFrequencyFactor());
                yield wave < shortest ? frequency : wave > longest ? frequency / llama.factor()
                        : (1 - share) * frequency / llama.factor() + share * frequency;
            }
            case RopeScaling.Yarn yarn -> {
                double low = Math.max(0, Math.floor(pairOf(yarn.betaFast(), turning, theta, yarn)));
                double high = Math.min(turning - 1, Math.ceil(pairOf(yarn.betaSlow(), turning, theta, yarn)));
                double ramp = Math.clamp((pair - low) / (high == low ? 0.001 : high - low), 0, 1);
                yield ramp * frequency / yarn.factor() + (1 - ramp) * frequency;
            }
        };
    }

    /// Peng et al. 2023, section 3.2.
    private static double pairOf(double rotations, int turning, double theta, RopeScaling.Yarn yarn) {
        return turning / 2.0 * StrictMath.log(yarn.originalMaxPositions() / (2 * Math.PI * rotations))
                / StrictMath.log(theta);
    }

    private static double length(RopeScaling scaling) {
        return switch (scaling) {
            case RopeScaling.Yarn yarn -> 1 + 0.1 * StrictMath.log(yarn.factor());
            case RopeScaling.LongRope rope -> Math.sqrt(1 + StrictMath.log((double) rope.statedMaxPositions()
                    / rope.originalMaxPositions()) / StrictMath.log(rope.originalMaxPositions()));
            case RopeScaling.None _, RopeScaling.Dynamic _, RopeScaling.Linear _, RopeScaling.Llama3 _ -> 1;
        };
    }

    private double[][] mlp(double[][] h, String path) {
        int inner = config.intermediateSize();
        boolean isFused = config.modelType() == ModelType.PHI3;
        double[][] both = isFused ? linear(h, path + "mlp.gate_up_proj") : h;
        double[][] gate = isFused ? columns(both, 0, inner) : linear(h, path + "mlp.gate_proj");
        double[][] up = isFused ? columns(both, inner, inner) : linear(h, path + "mlp.up_proj");
        double[][] open = each(gate, config.modelType().isGemma() ? FamilyFormula::gelu
                : each -> each / (1 + StrictMath.exp(-each)));
        for (int t = 0; t < open.length; t++) {
            for (int c = 0; c < inner; c++) {
                open[t][c] *= up[t][c];
            }
        }
        return linear(open, path + "mlp.down_proj");
    }

    private static double gelu(double x) {
        return x / 2 * (1 + StrictMath.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
    }

    /// Over groups of as many features as the gain has.
    private double[][] norm(double[][] x, String path) {
        double[] gain = weights.get(path + ".weight")[0];
        double base = config.modelType().isGemma() ? 1 : 0;
        double[][] y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int group = 0; group < x[t].length; group += gain.length) {
                double square = Arrays.stream(x[t], group, group + gain.length).map(each -> each * each).average()
                        .orElseThrow();
                for (int c = 0; c < gain.length; c++) {
                    y[t][group + c] = x[t][group + c] / Math.sqrt(square + config.rmsNormEpsilon()) * (base + gain[c]);
                }
            }
        }
        return y;
    }

    private double[][] linear(double[][] x, String path) {
        double[][] w = weights.get(path + ".weight");
        double[][] bias = weights.get(path + ".bias");
        double[][] y = new double[x.length][w.length];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < w.length; o++) {
                y[t][o] = bias == null ? 0 : bias[0][o];
                for (int i = 0; i < w[o].length; i++) {
                    y[t][o] += x[t][i] * w[o][i];
                }
            }
        }
        return y;
    }

    private static double[][] columns(double[][] x, int first, int count) {
        return Arrays.stream(x).map(row -> Arrays.copyOfRange(row, first, first + count)).toArray(double[][]::new);
    }

    private static double[][] each(double[][] x, DoubleUnaryOperator function) {
        return Arrays.stream(x).map(row -> Arrays.stream(row).map(function).toArray()).toArray(double[][]::new);
    }

    private static double[][] sum(double[][] x, double[][] y) {
        double[][] sum = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            for (int c = 0; c < x[t].length; c++) {
                sum[t][c] = x[t][c] + y[t][c];
            }
        }
        return sum;
    }
}
