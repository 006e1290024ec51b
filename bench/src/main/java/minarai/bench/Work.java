package minarai.bench;

import java.util.stream.IntStream;
import minarai.models.format.Gpt2Config;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelConfig;

/// The floating-point operations that a model's work needs, a multiply-add counted as two.
///
/// Only work that the result needs is counted: attention sees earlier positions alone, logits are made where there is a
/// label, and there alone goes the last layer on behind its attention (whose queries are counted for all tokens);
/// frozen weights have no gradient, and no gradient goes below the lowest adapter. What an implementation computes
/// beyond that, or again, lowers its fraction of the peak. With T tokens, L labels, N numbers in the layers' matrices,
/// of them M behind the last layer's attention, H in the head, A in the adapters, of them C behind the last layer's
/// attention, and P pairs of a query and a key it sees:
///
/// - forward: `2 N T - 2 M (T - L) + 2 H L + 4 P layers heads headSize`
/// - a step on all weights: three times that, once forward, once for each of the two gradients of a product
/// - a step on adapters: `4 N T - 4 M (T - L) + 4 H L + 6 A T - 6 C (T - L) + 3 attention - 2 B T`, where B are the
///   numbers of the query, key and value projections of the first layer, whose input needs no gradient
///
/// @param layerNumbers      N
/// @param topNumbers        M
/// @param headNumbers       H
/// @param attentionFeatures layers x heads x headSize
/// @param adapterNumbers    A
/// @param topAdapterNumbers C
/// @param bottomNumbers     B
public record Work(long layerNumbers, long topNumbers, long headNumbers, long attentionFeatures, long adapterNumbers,
        long topAdapterNumbers, long bottomNumbers) {

    /// The work of a model.
    ///
    /// @param rank of adapters on all linear layers but the head
    public static Work of(ModelConfig config, int rank) {
        return switch (config) {
            case LlamaConfig llama -> of(llama, rank);
            case Gpt2Config gpt2 -> of(gpt2, rank);
        };
    }

    private static Work of(Gpt2Config config, int rank) {
        long hidden = config.hiddenSize();
        long inner = config.innerSize();
        long layers = config.layers();
        long topSides = 2 * hidden + 2 * (hidden + inner);
        long top = hidden * hidden + 2 * hidden * inner;
        long bottom = 3 * hidden * hidden;
        return new Work(layers * (bottom + top), top, hidden * config.vocabularySize(), layers * hidden,
                layers * rank * (4 * hidden + topSides), rank * topSides, bottom);
    }

    private static Work of(LlamaConfig config, int rank) {
        long hidden = config.hiddenSize();
        long inner = config.intermediateSize();
        long queries = config.querySize();
        long keys = config.keyValueSize();
        long layers = config.layers();
        long topSides = hidden + queries + 3 * (hidden + inner);
        long sides = hidden + queries + 2 * (hidden + keys) + topSides;
        long top = hidden * queries + 3 * hidden * inner;
        long bottom = hidden * (queries + 2 * keys);
        return new Work(layers * (bottom + top), top, hidden * config.vocabularySize(), layers * queries,
                layers * rank * sides, rank * topSides, bottom);
    }

    /// A pass without gradients over sequences, with logits at so many positions.
    public double forward(int[] lengths, int logits) {
        return 2 * layers(tokens(lengths), logits) + 2.0 * headNumbers * logits + attention(lengths);
    }

    /// A step that trains all weights.
    public double fullStep(int[] lengths, int labels) {
        return 3 * forward(lengths, labels);
    }

    /// A step that trains adapters.
    public double adapterStep(int[] lengths, int labels) {
        double tokens = tokens(lengths);
        double adapters = adapterNumbers * tokens - topAdapterNumbers * (tokens - labels);
        return 4 * layers(tokens, labels) + 4.0 * headNumbers * labels + 6 * adapters + 3 * attention(lengths)
                - 2.0 * bottomNumbers * tokens;
    }

    /// Multiply-adds of the layers.
    private double layers(double tokens, int labels) {
        return layerNumbers * tokens - topNumbers * (tokens - labels);
    }

    /// Scores and sums of values: two products forward, four backward.
    private double attention(int[] lengths) {
        double pairs = IntStream.of(lengths).mapToDouble(length -> length * (length + 1.0) / 2).sum();
        return 4 * pairs * attentionFeatures;
    }

    private static long tokens(int[] lengths) {
        return IntStream.of(lengths).asLongStream().sum();
    }
}
