package minarai.models.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import minarai.engine.Tensor;
import minarai.models.format.Relaid.Layout;
import minarai.models.format.Relaid.Place;
import minarai.models.format.SafetensorsWriter.Rows;

/// A model written as GGUF, with the names, keys and layout that llama.cpp reads.
///
/// Norms, biases and tables of positions stay f32, as llama.cpp needs it. With Q4_0 the output head, or the embedding
/// that is the head too, is Q8_0, because all logits hang on it. A matrix whose rows do not divide into blocks is F16.
///
/// @param config     the model's configuration
/// @param rows       the weights by their names in [ModelConfig#tensors()], in the layout of the folder
/// @param type       F32, F16, BF16, Q8_0 or Q4_0
/// @param name       what the file calls the model
/// @param vocabulary goes into the file; without one the file can be asked in token ids only
/// @param texts      more metadata by key
public record GgufExport(ModelConfig config, Function<String, Rows> rows, DataType type, String name,
        Optional<StoredVocabulary> vocabulary, Map<String, String> texts) {

    private static final Map<DataType, Integer> FILE_TYPES = Map.of(DataType.F32, 0, DataType.F16, 1, DataType.Q4_0, 2,
            DataType.Q8_0, 7, DataType.BF16, 32);
    private static final int QUANTIZATION_VERSION = 2;

    /// @throws IllegalArgumentException if models of this type or numbers of this type are not written as GGUF
    public GgufExport {
        GgufArchitecture.of(config);
        if (!FILE_TYPES.containsKey(type)) {
            throw new IllegalArgumentException("GGUF is written as F32, F16, BF16, Q8_0 or Q4_0, not as %s"
                    .formatted(type));
        }
        if (vocabulary.isPresent() && vocabulary.get().tokens().size() != config.vocabularySize()) {
            throw new IllegalArgumentException("the vocabulary has %d tokens, the embedding %d rows".formatted(
                    vocabulary.get().tokens().size(), config.vocabularySize()));
        }
        texts = Map.copyOf(texts);
    }

    /// Writes a file beside `target` and moves it in when it is whole, replacing one that is there.
    ///
    /// @throws IllegalArgumentException      if a number is too large for the type
    /// @throws java.io.UncheckedIOException if it cannot be written
    public void write(Path target) {
        var tensors = new ArrayList<GgufWriter.Entry>();
        factors().ifPresent(tensors::add);
        config.tensors().forEach((weight, shape) -> tensors.add(entry(weight, shape)));
        var values = values();
        requireSayable(values, tensors);
        GgufWriter.write(target, values, tensors);
    }

    /// Some of what a configuration says has no key in GGUF and follows from the architecture there. What would be read
    /// as another model is not written. Of tokens that end a text no more than three can be named.
    private void requireSayable(SequencedMap<String, GgufValue> values, List<GgufWriter.Entry> tensors) {
        var shapes = tensors.stream().collect(Collectors.toMap(GgufWriter.Entry::name, GgufWriter.Entry::shape));
        var read = GgufConfig.read(new GgufConfig.Source(name, values, shapes, this::factorNumbers));
        if (!read.withEosIds(config.eosIds()).equals(config)) {
            throw new IllegalArgumentException(("writing %s as GGUF: its format cannot say all of the configuration: "
                    + "%s would be read as %s").formatted(name, config, read));
        }
    }

    private float[] factorNumbers() {
        return config instanceof LlamaConfig llama && llama.ropeScaling() instanceof RopeScaling.Llama3 scaling
                ? RotaryFactors.of(scaling, llama.headSize(), llama.ropeTheta()) : new float[0];
    }

    private SequencedMap<String, GgufValue> values() {
        var values = new LinkedHashMap<String, GgufValue>();
        values.put(GgufConfig.ARCHITECTURE, GgufValue.of(GgufArchitecture.of(config).key()));
        values.put("general.type", GgufValue.of("model"));
        values.put("general.name", GgufValue.of(name));
        values.put("general.file_type", GgufValue.of(FILE_TYPES.getOrDefault(type, 0)));
        values.put("general.quantization_version", GgufValue.of(QUANTIZATION_VERSION));
        new TreeMap<>(texts).forEach((key, text) -> values.put(key, GgufValue.of(text)));
        vocabulary.ifPresent(present -> values.putAll(present.values()));
        values.putAll(GgufConfig.write(config));
        return values;
    }

    private Optional<GgufWriter.Entry> factors() {
        float[] factors = factorNumbers();
        return Optional.of(factors).filter(each -> each.length > 0).map(each -> new GgufWriter.Entry(
                GgufNames.ROTARY_FACTORS, DataType.F32, Shape.of(each.length), (row, target, offset) ->
                System.arraycopy(each, 0, target, offset, each.length)));
    }

    private GgufWriter.Entry entry(String weight, Shape shape) {
        var place = place(weight);
        Rows stored = rows.apply(weight);
        return switch (place.layout()) {
            case Layout.Same() -> entry(place.name(), shape, stored);
            case Layout.Pairs(int headSize) when shape.rows() == 1 -> entry(place.name(), shape,
                    (row, target, offset) -> {
                        var numbers = new float[(int) shape.columns()];
                        stored.copyRow(0, numbers, 0);
                        for (int i = 0; i < numbers.length; i++) {
                            target[offset + i] = numbers[RotaryRows.apart(i, headSize)];
                        }
                    });
            case Layout.Pairs(int headSize) -> entry(place.name(), shape, (row, target, offset) ->
                    stored.copyRow(RotaryRows.apart(row, headSize), target, offset));
            case Layout.Transposed() -> transposed(place.name(), shape, stored);
            case Layout.OneMore() -> entry(place.name(), shape, (row, target, offset) -> {
                stored.copyRow(row, target, offset);
                for (int i = offset; i < offset + shape.columns(); i++) {
                    target[i] += 1;
                }
            });
        };
    }

    /// The whole matrix is read when its first row is asked for.
    private GgufWriter.Entry transposed(String stored, Shape shape, Rows rows) {
        int inputs = Math.toIntExact(shape.rows());
        int outputs = Math.toIntExact(shape.columns());
        List<Tensor> read = new ArrayList<>();
        return entry(stored, Shape.of(outputs, inputs), (row, target, offset) -> {
            if (row == 0) {
                var matrix = Tensor.zeros(inputs, outputs);
                for (int input = 0; input < inputs; input++) {
                    rows.copyRow(input, matrix.data(), input * outputs);
                }
                read.add(matrix);
            }
            for (int input = 0; input < inputs; input++) {
                target[offset + input] = read.getFirst().at(input, row);
            }
            if (row == outputs - 1) {
                read.clear();
            }
        });
    }

    private GgufWriter.Entry entry(String stored, Shape shape, Rows rows) {
        return new GgufWriter.Entry(stored, typeOf(stored, shape), shape, rows);
    }

    private DataType typeOf(String stored, Shape shape) {
        if (shape.sizes().size() < 2 || stored.equals(GgufNames.POSITIONS)) {
            return DataType.F32;
        }
        boolean isHead = stored.equals(GgufNames.HEAD) || stored.equals(GgufNames.EMBEDDING) && isTied();
        DataType fine = isHead && type == DataType.Q4_0 ? DataType.Q8_0 : type;
        return shape.columns() % fine.block() == 0 ? fine : DataType.F16;
    }

    /// What writing a weight and reading it back makes of its numbers.
    ///
    /// @param weight one of [ModelConfig#tensors()]
    /// @throws IllegalArgumentException if GGUF has no name for it
    public Encoding encoding(String weight) {
        var place = place(weight);
        Shape shape = config.tensors().getOrDefault(weight, Shape.of());
        boolean isTurned = place.layout() instanceof Layout.Transposed;
        return new Encoding(typeOf(place.name(), isTurned ? Shape.of(shape.columns(), shape.rows()) : shape),
                place.layout() instanceof Layout.OneMore);
    }

    private Place place(String weight) {
        return Optional.ofNullable(GgufModel.places(config).get(weight)).orElseThrow(() ->
                new IllegalArgumentException("GGUF has no name for the weight %s".formatted(weight)));
    }

    private boolean isTied() {
        return !config.tensors().containsKey(LlamaTensors.HEAD);
    }
}
