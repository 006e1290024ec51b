package minarai.models;

import java.util.Arrays;
import java.util.Map;
import minarai.models.format.Gpt2Config;

/// GPT-2 once more in f64 and plain loops, from the papers and not from our operations: norms before each block and at
/// the end (Radford et al. 2019, section 2.3), attention (Vaswani et al. 2017, eq. 1) behind a causal mask, the norm
/// (Ba et al. 2016, eq. 4), GELU by the tangent (Hendrycks and Gimpel 2016, section 2).
///
/// @param weights outputs x inputs, or one row, by name
record Gpt2Formula(Gpt2Config config, Map<String, double[][]> weights) {

    double[][] logits(int[] ids) {
        double[][] x = new double[ids.length][config.hiddenSize()];
        for (int t = 0; t < ids.length; t++) {
            for (int c = 0; c < x[t].length; c++) {
                x[t][c] = weights.get("transformer.wte.weight")[ids[t]][c]
                        + weights.get("transformer.wpe.weight")[t][c];
            }
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String path = "transformer.h." + layer;
            double[][] qkv = linear(norm(x, path + ".ln_1"), path + ".attn.c_attn");
            addTo(x, linear(attention(qkv), path + ".attn.c_proj"));
            double[][] inner = linear(norm(x, path + ".ln_2"), path + ".mlp.c_fc");
            for (double[] row : inner) {
                Arrays.setAll(row, i -> 0.5 * row[i] * (1 + StrictMath.tanh(Math.sqrt(2 / Math.PI)
                        * (row[i] + 0.044715 * row[i] * row[i] * row[i]))));
            }
            addTo(x, linear(inner, path + ".mlp.c_proj"));
        }
        return product(norm(x, "transformer.ln_f"), weights.get(config.tieWordEmbeddings() ? "transformer.wte.weight"
                : "lm_head.weight"));
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

    private double[][] norm(double[][] x, String path) {
        double[][] y = new double[x.length][x[0].length];
        for (int t = 0; t < x.length; t++) {
            double mean = Arrays.stream(x[t]).average().orElseThrow();
            double variance = Arrays.stream(x[t]).map(each -> (each - mean) * (each - mean)).average().orElseThrow();
            for (int c = 0; c < x[t].length; c++) {
                y[t][c] = (x[t][c] - mean) / Math.sqrt(variance + config.layerNormEpsilon())
                        * weights.get(path + ".weight")[0][c] + weights.get(path + ".bias")[0][c];
            }
        }
        return y;
    }

    private double[][] linear(double[][] x, String path) {
        double[][] y = product(x, weights.get(path + ".weight"));
        for (double[] row : y) {
            Arrays.setAll(row, i -> row[i] + weights.get(path + ".bias")[0][i]);
        }
        return y;
    }

    private static double[][] product(double[][] x, double[][] w) {
        double[][] y = new double[x.length][w.length];
        for (int t = 0; t < x.length; t++) {
            for (int o = 0; o < w.length; o++) {
                for (int i = 0; i < w[o].length; i++) {
                    y[t][o] += x[t][i] * w[o][i];
                }
            }
        }
        return y;
    }

    /// A token's row holds its queries, then its keys, then its values, head after head.
    private double[][] attention(double[][] qkv) {
        int hidden = config.hiddenSize();
        int size = hidden / config.heads();
        double[][] y = new double[qkv.length][hidden];
        for (int t = 0; t < qkv.length; t++) {
            for (int head = 0; head < config.heads(); head++) {
                double[] shares = new double[t + 1];
                for (int s = 0; s <= t; s++) {
                    double score = 0;
                    for (int d = head * size; d < (head + 1) * size; d++) {
                        score += qkv[t][d] * qkv[s][hidden + d];
                    }
                    shares[s] = StrictMath.exp(score / Math.sqrt(size));
                }
                double sum = Arrays.stream(shares).sum();
                for (int d = head * size; d < (head + 1) * size; d++) {
                    for (int s = 0; s <= t; s++) {
                        y[t][d] += shares[s] / sum * qkv[s][2 * hidden + d];
                    }
                }
            }
        }
        return y;
    }

    private static void addTo(double[][] x, double[][] more) {
        for (int t = 0; t < x.length; t++) {
            for (int c = 0; c < x[t].length; c++) {
                x[t][c] += more[t][c];
            }
        }
    }
}
