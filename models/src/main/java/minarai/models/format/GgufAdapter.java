package minarai.models.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import minarai.engine.Tensor;
import minarai.models.format.Relaid.Layout;

/// A LoRA adapter as one GGUF file, which llama.cpp puts on a base with `--lora`.
///
/// The file has one alpha, and llama.cpp divides it by the rank of each pair. So an alpha is written that gives the
/// scale of the first module, rank-stabilised or not; modules whose scale is another have the ratio in their `lora_b`.
public final class GgufAdapter {

    private static final String TYPE = "adapter.type";
    private static final String ALPHA = "adapter.lora.alpha";
    private static final String DOWN = ".weight.lora_a";
    private static final String UP = ".weight.lora_b";
    private static final String WEIGHT = ".weight";

    private GgufAdapter() {
    }

    /// Writes a file beside `target` and moves it in when it is whole, replacing one that is there.
    ///
    /// @param base the configuration of the base that the adapter was made for
    /// @throws IllegalArgumentException      if GGUF has no place for a module, or no way to say what the adapter is
    /// @throws java.io.UncheckedIOException if it cannot be written
    public static void write(Path target, PeftFolder adapter, ModelConfig base, String name) {
        var config = adapter.config();
        if (config.useDora()) {
            throw new IllegalArgumentException(("writing %s: GGUF has no DoRA adapters; merge it and export the model")
                    .formatted(target));
        }
        if (!adapter.saved().isEmpty()) {
            throw new IllegalArgumentException(("writing %s: the adapter holds whole weights (%s), which GGUF adapters "
                    + "do not; merge it and export the model").formatted(target, adapter.saved().firstKey()));
        }
        String first = adapter.modules().firstKey();
        float alpha = (float) (config.scaleOf(first) * config.rankOf(first));
        var values = new LinkedHashMap<String, GgufValue>();
        values.put(GgufConfig.ARCHITECTURE, GgufValue.of(GgufArchitecture.of(base).key()));
        values.put("general.type", GgufValue.of("adapter"));
        values.put("general.name", GgufValue.of(name));
        values.put(TYPE, GgufValue.of("lora"));
        values.put(ALPHA, GgufValue.of(alpha));
        new TreeMap<>(adapter.metadata()).forEach((key, text) -> values.put(key, GgufValue.of(text)));
        var tensors = new ArrayList<GgufWriter.Entry>();
        adapter.modules().forEach((path, pair) -> {
            String stored = stored(path, base);
            double ratio = config.scaleOf(path) * config.rankOf(path) / alpha;
            tensors.add(matrix(stored + DOWN, pair.down()));
            tensors.add(matrix(stored + UP, up(pair.up(), rotaryHeadSize(path, base), (float) ratio)));
        });
        GgufWriter.write(target, values, tensors);
    }

    private static String stored(String path, ModelConfig base) {
        boolean isLinear = base.tensors().containsKey(path + WEIGHT) && !base.lookUps().contains(path + WEIGHT)
                && !path.equals("lm_head");
        return Optional.of(path).filter(_ -> isLinear).flatMap(module ->
                        GgufNames.module(GgufArchitecture.of(base), module))
                .orElseThrow(() -> new IllegalArgumentException(("the adapter has matrices for %s, which llama.cpp "
                        + "puts no adapter on; merge it and export the model").formatted(path)));
    }

    /// The size of heads whose rows are ordered otherwise in GGUF, 0 where rows are as here.
    private static int rotaryHeadSize(String path, ModelConfig base) {
        var place = GgufModel.places(base).get(path + WEIGHT);
        return place != null && place.layout() instanceof Layout.Pairs(int headSize) ? headSize : 0;
    }

    private static Tensor up(Tensor up, int headSize, float ratio) {
        var ordered = Tensor.zeros(up.rows(), up.columns());
        for (int row = 0; row < up.rows(); row++) {
            int from = headSize == 0 ? row : RotaryRows.apart(row, headSize);
            for (int column = 0; column < up.columns(); column++) {
                ordered.set(row, column, up.at(from, column) * ratio);
            }
        }
        return ordered;
    }

    private static GgufWriter.Entry matrix(String name, Tensor matrix) {
        return new GgufWriter.Entry(name, DataType.F32, Shape.of(matrix.rows(), matrix.columns()),
                (row, target, offset) -> System.arraycopy(matrix.data(), matrix.offset() + row * matrix.columns(),
                target, offset, matrix.columns()));
    }

    /// Reads an adapter for a base of this configuration.
    ///
    /// @throws IllegalArgumentException      if it is not a sound adapter for such a base
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static PeftFolder read(Path path, ModelConfig base) {
        try (var file = GgufFile.open(path)) {
            return read(file, base);
        } catch (IllegalArgumentException unsound) {
            String sentence = unsound.getMessage();
            throw new IllegalArgumentException(sentence.startsWith("reading ") ? sentence
                    : "reading the adapter %s: %s".formatted(path, sentence), unsound);
        }
    }

    private static PeftFolder read(GgufFile file, ModelConfig base) {
        var fields = new GgufFields(file.values());
        String architecture = GgufArchitecture.of(base).key();
        requireText(fields, "general.type", "adapter");
        requireText(fields, TYPE, "lora");
        requireText(fields, GgufConfig.ARCHITECTURE, architecture);
        double alpha = fields.number(ALPHA).orElseThrow(() -> new IllegalArgumentException("the key %s is missing"
                .formatted(ALPHA)));
        var modules = new TreeMap<String, LowRankPair>();
        var known = new TreeSet<String>();
        for (String weight : base.tensors().keySet()) {
            String path = weight.endsWith(WEIGHT) ? weight.substring(0, weight.length() - WEIGHT.length()) : weight;
            String stored = GgufNames.module(GgufArchitecture.of(base), path).orElse(path);
            if (file.find(stored + DOWN).isPresent()) {
                known.addAll(List.of(stored + DOWN, stored + UP));
                modules.put(path, new LowRankPair(matrix(file, stored + DOWN),
                        apart(matrix(file, stored + UP), rotaryHeadSize(path, base), path)));
            }
        }
        for (String name : file.names()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("it has the tensor %s, which the base has no layer for"
                        .formatted(name));
            }
        }
        return new PeftFolder(config(modules, alpha), modules, baseOf(fields));
    }

    private static Map<String, String> baseOf(GgufFields fields) {
        return fields.text(PeftFolder.BASE_SHA256).map(hash -> Map.of(PeftFolder.BASE_SHA256, hash)).orElse(Map.of());
    }

    private static Tensor matrix(GgufFile file, String name) {
        if (file.tensor(name).shape().sizes().size() != 2) {
            throw new IllegalArgumentException("%s is not a matrix".formatted(file.tensor(name)));
        }
        return file.readMatrix(name);
    }

    private static Tensor apart(Tensor up, int headSize, String path) {
        if (headSize == 0) {
            return up;
        }
        if (up.rows() % headSize != 0) {
            throw new IllegalArgumentException("the adapter's matrix for %s has %d rows; the base's heads have %d"
                    .formatted(path, up.rows(), headSize));
        }
        var ordered = Tensor.zeros(up.rows(), up.columns());
        for (int row = 0; row < up.rows(); row++) {
            for (int column = 0; column < up.columns(); column++) {
                ordered.set(row, column, up.at(RotaryRows.side(row, headSize), column));
            }
        }
        return ordered;
    }

    private static PeftConfig config(SortedMap<String, LowRankPair> modules, double alpha) {
        int rank = modules.values().stream().mapToInt(LowRankPair::rank).max().orElse(1);
        var ranks = new LinkedHashMap<String, Integer>();
        modules.forEach((path, pair) -> {
            if (pair.rank() != rank) {
                ranks.put(path.replace(".", "\\."), pair.rank());
            }
        });
        var names = new TreeSet<String>();
        modules.keySet().forEach(path -> names.add(path.substring(path.lastIndexOf('.') + 1)));
        if (names.isEmpty()) {
            throw new IllegalArgumentException("it has no matrices for any layer of the base");
        }
        return new PeftConfig(rank, alpha, 0, new TargetModules.Names(List.copyOf(names)), false, false, ranks,
                new LinkedHashMap<>(), false, "", "CAUSAL_LM");
    }

    private static void requireText(GgufFields fields, String key, String needed) {
        String found = fields.text(key).orElse("absent");
        if (!found.equals(needed)) {
            throw new IllegalArgumentException("the key %s is %s; needed is %s".formatted(key, found, needed));
        }
    }
}
