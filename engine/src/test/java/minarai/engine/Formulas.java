package minarai.engine;

import java.util.Arrays;

/// The operations once more in f64, from their formulas and not from the kernels, for gradient tests. Matrices are
/// `double[rows][columns]`; nothing is blocked, rescaled or fused.
final class Formulas {

    private Formulas() {
    }

    interface Element {
        double at(int row, int column);
    }

    static double[][] matrix(int rows, int columns, Element element) {
        double[][] matrix = new double[rows][columns];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                matrix[r][c] = element.at(r, c);
            }
        }
        return matrix;
    }

    static double[][] matrix(Tensor x) {
        return matrix(x.rows(), x.columns(), x::at);
    }

    /// `y[t][o] = Σᵢ x[t][i] · w[o][i]`.
    static double[][] linear(double[][] x, double[][] w) {
        return matrix(x.length, w.length, (t, o) -> dot(x[t], 0, w[o], 0, w[o].length));
    }

    private static double dot(double[] a, int aStart, double[] b, int bStart, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += a[aStart + i] * b[bStart + i];
        }
        return sum;
    }

    static double[][] rows(double[][] x, int... rows) {
        return matrix(rows.length, x[0].length, (t, c) -> x[rows[t]][c]);
    }

    static double[][] addBias(double[][] x, double[][] bias) {
        return matrix(x.length, x[0].length, (t, c) -> x[t][c] + bias[0][c]);
    }

    static double[][] addScaled(double[][] x, double scale, double[][] y) {
        return matrix(x.length, x[0].length, (t, c) -> x[t][c] + scale * y[t][c]);
    }

    /// `x · magnitude / norms`, column by column.
    static double[][] scaleColumns(double[][] x, double[][] magnitude, double[][] norms) {
        return matrix(x.length, x[0].length, (t, c) -> x[t][c] * magnitude[0][c] / norms[0][c]);
    }

    /// The length of each row of `w + scale · up · down`.
    static double[][] rowNorms(double[][] w, double[][] down, double[][] up, double scale) {
        return matrix(1, w.length, (t, o) -> {
            double sum = 0;
            for (int i = 0; i < w[o].length; i++) {
                double value = w[o][i];
                for (int r = 0; r < down.length; r++) {
                    value += scale * up[o][r] * down[r][i];
                }
                sum += value * value;
            }
            return StrictMath.sqrt(sum);
        });
    }

    /// `x / √(mean(x²) + ε) · (base + gain)` over each head of a row, as many features as the gain has.
    static double[][] rmsNorm(double[][] x, double[][] gain, double epsilon, double base) {
        int size = gain[0].length;
        return matrix(x.length, x[0].length, (t, c) -> {
            int head = c / size * size;
            return x[t][c] / StrictMath.sqrt(dot(x[t], head, x[t], head, size) / size + epsilon)
                    * (base + gain[0][c - head]);
        });
    }

    /// `x / √(mean(x²) + ε) · gain`.
    static double[][] rmsNorm(double[][] x, double[][] gain, double epsilon) {
        int columns = x[0].length;
        return matrix(x.length, columns, (t, c) ->
                x[t][c] / StrictMath.sqrt(dot(x[t], 0, x[t], 0, columns) / columns + epsilon) * gain[0][c]);
    }

    /// `(x - mean) / √(mean((x - mean)²) + ε) · gain + bias`.
    static double[][] layerNorm(double[][] x, double[][] gain, double[][] bias, double epsilon) {
        return matrix(x.length, x[0].length, (t, c) -> {
            double mean = Arrays.stream(x[t]).average().orElseThrow();
            double variance = Arrays.stream(x[t]).map(each -> (each - mean) * (each - mean)).average().orElseThrow();
            return (x[t][c] - mean) / StrictMath.sqrt(variance + epsilon) * gain[0][c] + bias[0][c];
        });
    }

    /// `x / 2 · (1 + tanh(√(2 / π) · (x + 0.044715 x³)))`.
    static double[][] gelu(double[][] x) {
        return matrix(x.length, x[0].length, (t, c) -> x[t][c] / 2
                * (1 + StrictMath.tanh(Math.sqrt(2 / Math.PI) * (x[t][c] + 0.044715 * StrictMath.pow(x[t][c], 3)))));
    }

    static double[][] columns(double[][] x, int first, int count) {
        return matrix(x.length, count, (t, c) -> x[t][first + c]);
    }

    /// Feature pairs `(i, i + pairs)` of a head, as a complex number, turned by the angle of the position.
    static double[][] rotate(double[][] x, Rotation table, int... positions) {
        int half = table.cosines().columns();
        return matrix(x.length, x[0].length, (t, c) -> {
            int i = c % table.headSize() % half;
            if (c % table.headSize() >= 2 * half) {
                return x[t][c];
            }
            double cosine = table.cosines().at(positions[t], i);
            double sine = table.sines().at(positions[t], i);
            boolean isReal = c % table.headSize() < half;
            return isReal ? x[t][c] * cosine - x[t][c + half] * sine : x[t][c] * cosine + x[t][c - half] * sine;
        });
    }

    /// `g / (1 + e⁻ᵍ) · u`.
    static double[][] gatedUnit(double[][] gate, double[][] up) {
        return matrix(gate.length, gate[0].length, (t, c) -> gate[t][c] / (1 + StrictMath.exp(-gate[t][c])) * up[t][c]);
    }

    /// `gelu(g) · u`.
    static double[][] gatedGelu(double[][] gate, double[][] up) {
        double[][] inner = gelu(gate);
        return matrix(gate.length, gate[0].length, (t, c) -> inner[t][c] * up[t][c]);
    }

    /// `cap · tanh(x / cap)`.
    static double[][] softCap(double[][] x, double cap) {
        return matrix(x.length, x[0].length, (t, c) -> cap * StrictMath.tanh(x[t][c] / cap));
    }

    /// `softmax(softCap(scale · q · kᵀ)) · v` over the keys that each query sees; other queries' rows are zero.
    static double[][] attend(double[][] q, double[][] k, double[][] v, Heads heads, Span... spans) {
        double[][] y = new double[q.length][heads.heads() * heads.size()];
        for (Span span : spans) {
            for (int i = 0; i < span.queries(); i++) {
                for (int head = 0; head < heads.heads(); head++) {
                    attendOne(q, k, v, heads, span, i, head, y);
                }
            }
        }
        return y;
    }

    private static void attendOne(double[][] q, double[][] k, double[][] v, Heads heads, Span span, int i, int head,
            double[][] y) {
        int size = heads.size();
        int row = span.firstQuery() + i;
        int position = span.keys() - span.queries() + i;
        int column = head * heads.keyValueHeads() / heads.heads() * size;
        double[] weights = new double[position + 1];
        double sum = 0;
        for (int j = 0; j <= position; j++) {
            boolean isVisible = position - j < heads.window();
            double score = dot(q[row], head * size, k[span.row(j)], column, size) * heads.scale();
            score = heads.isCapped() ? heads.cap() * StrictMath.tanh(score / heads.cap()) : score;
            weights[j] = isVisible ? StrictMath.exp(score) : 0;
            sum += weights[j];
        }
        for (int d = 0; d < size; d++) {
            for (int j = 0; j <= position; j++) {
                y[row][head * size + d] += weights[j] / sum * v[span.row(j)][column + d];
            }
        }
    }

    /// `ln Σ e^x - x[label]`, rows x 1.
    static double[][] crossEntropy(double[][] logits, int... labels) {
        return matrix(logits.length, 1, (t, c) -> {
            double sum = 0;
            for (double logit : logits[t]) {
                sum += StrictMath.exp(logit);
            }
            return StrictMath.log(sum) - logits[t][labels[t]];
        });
    }
}
