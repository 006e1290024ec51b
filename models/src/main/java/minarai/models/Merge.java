package minarai.models;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import minarai.engine.Kernels;
import minarai.engine.Tensor;
import minarai.models.format.Checkpoint;
import minarai.models.format.DataType;
import minarai.models.format.LowRankPair;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.models.format.SafetensorsWriter.Rows;
import minarai.models.format.Shape;

/// A base and an adapter made one model: each adapted weight becomes `weight + scale * up · down`, with DoRA each of
/// its rows brought to the learned length, worked out in f32 whatever the base is stored in.
///
/// The merged folder says in the header of its weights which adapters it holds ([#HELD]), so that none is added twice.
///
/// @param base    open for as long as this is used
/// @param adapter made for this base
/// @param allowed what is let pass
/// @see <a href="https://arxiv.org/abs/2106.09685">Hu et al. 2021, section 4.1</a>
public record Merge(ModelFolder base, PeftFolder adapter, Set<Mismatch> allowed) {

    /// The key of the weights' metadata for the hashes of the adapters in them, the oldest first, with commas between.
    public static final String HELD = "minarai.merged_adapters";

    private static final String WEIGHT = ".weight";

    /// How far the merged model's logits are from those of the base with the adapter beside it.
    ///
    /// @param greatest  greatest absolute difference
    /// @param rootMean  root of the mean squared difference
    /// @param positions how many positions were compared
    /// @param choices   at how many of them the most likely token is another
    /// @param scale     greatest absolute logit of the one that is compared with
    public record Drift(double greatest, double rootMean, int positions, int choices, double scale) {

        /// Generous, as the bound takes no model's weights into account.
        private static final int FACTOR = 16;

        /// How far rounding may take the logits of a merge apart: the relative step of a type at each layer, times the
        /// greatest logit, times 16. In f32 that is tight; for coarser types it finds gross errors only, and whether a
        /// file holds what it was written from is what [WrittenWeights] tells. In f32 the step is that of a sum over
        /// the longest row of a weight, whose roundings add up as a random walk does: 2⁻²³ times the root of its
        /// length.
        ///
        /// @param type the coarsest that either model's weights were rounded to
        public double bound(ModelConfig config, DataType type) {
            long longest = config.tensors().values().stream().mapToLong(Shape::columns).max().orElse(1);
            double sums = 0x1p-23 * Math.sqrt(longest);
            double step = switch (type) {
                case BF16 -> 0x1p-8;
                case F16 -> 0x1p-11 + sums;
                case Q8_0 -> 1.0 / 127;
                case Q4_0 -> 1.0 / 8;
                default -> sums;
            };
            return FACTOR * config.layers() * step * scale;
        }

        /// Whether all logits are numbers and none differs by more.
        public boolean isWithin(double bound) {
            return Double.isFinite(greatest) && greatest <= bound;
        }

        /// @param apart    logits of each probe, positions x vocabulary
        /// @param together those of the other model, of the same shapes
        public static Drift of(List<Tensor> apart, List<Tensor> together) {
            double greatest = 0;
            double scale = 0;
            double squares = 0;
            long numbers = 0;
            int positions = 0;
            int choices = 0;
            for (int probe = 0; probe < apart.size(); probe++) {
                Tensor a = apart.get(probe);
                Tensor b = together.get(probe);
                for (int row = 0; row < a.rows(); row++) {
                    for (int id = 0; id < a.columns(); id++) {
                        double difference = Math.abs((double) a.at(row, id) - b.at(row, id));
                        greatest = Math.max(greatest, difference);
                        scale = Math.max(scale, Math.abs(a.at(row, id)));
                        squares += difference * difference;
                    }
                    choices += Sampler.greedy().choose(a, row, 0, 0) == Sampler.greedy().choose(b, row, 0, 0) ? 0 : 1;
                }
                numbers += a.size();
                positions += a.rows();
            }
            return new Drift(greatest, Math.sqrt(squares / Math.max(1, numbers)), positions, choices,
                    scale);
        }
    }

    /// How far the merged weights are from those of the merge in f32, because of the type they are written in.
    ///
    /// @param greatest greatest absolute difference
    /// @param relative root of the summed squared differences over that of the summed squares
    public record Rounding(double greatest, double relative) {
    }

    /// Nothing is let pass.
    public Merge(ModelFolder base, PeftFolder adapter) {
        this(base, adapter, Set.of());
    }

    /// @throws MismatchException        if the adapter was made for another base and that is not allowed
    /// @throws IllegalArgumentException if its layers are not the base's, or the base holds it already
    public Merge {
        allowed = Set.copyOf(allowed);
        ModelSource.requireBase(base, adapter, allowed);
        requireNotHeld(base, adapter);
        var shapes = base.config().tensors();
        shapes.keySet().removeAll(base.config().lookUps()); // adapters sit on linear layers, and a look-up is none
        adapter.modules().keySet().forEach(path ->
                requireFit(path, stored(base, adapter, path), Optional.ofNullable(shapes.get(path + WEIGHT))));
        var all = base.config().tensors();
        adapter.saved().forEach((name, weight) -> {
            Shape shape = all.get(name);
            if (shape == null || shape.rows() != weight.rows() || shape.columns() != weight.columns()) {
                throw new IllegalArgumentException(("merging %s: the adapter has %s, but the model has %s. Was the "
                        + "adapter made for another base?").formatted(name, weight, shape == null ? "no such weight"
                        : shape));
            }
        });
    }

    /// An adapter that does not name its base may have been trained before another was merged in.
    private static void requireNotHeld(ModelFolder base, PeftFolder adapter) {
        String held = base.weights().metadata().getOrDefault(HELD, "");
        if (List.of(held.split(",")).contains(hash(adapter))) {
            throw new IllegalArgumentException(("merging into %s: it holds this adapter already. Use it as it is, or "
                    + "merge into the base the adapter was trained on.").formatted(base.path()));
        }
        if (!held.isEmpty() && adapter.baseSha256().isEmpty()) {
            throw new IllegalArgumentException(("merging into %s: it holds another adapter, and this one does not say "
                    + "that it was trained on the two together. Merge into the base it was trained on.")
                    .formatted(base.path()));
        }
    }

    /// The pair of a module that corrects its weight in the layout in which the base stores it.
    private static LowRankPair stored(ModelFolder base, PeftFolder adapter, String path) {
        LowRankPair pair = Objects.requireNonNull(adapter.modules().get(path));
        return base.config().isTransposed(path + WEIGHT) ? pair.transposed() : pair;
    }

    private static void requireFit(String path, LowRankPair pair, Optional<Shape> shape) {
        var needed = Shape.of(pair.up().rows(), pair.down().columns());
        if (!shape.equals(Optional.of(needed))) {
            throw new IllegalArgumentException(("merging %s: the adapter corrects a weight of %s, but the model has "
                    + "%s. Was the adapter made for another base?").formatted(path, needed,
                    shape.map(Shape::toString).orElse("no such layer")));
        }
    }

    /// Writes the merged model with the tokenizer files of the base.
    ///
    /// @param target must not exist, or be an empty folder
    /// @param type   what the weights are rounded to once they are merged; F32 rounds nothing
    /// @throws IllegalArgumentException      if `target` is taken or a merged weight is too large for `type`
    /// @throws java.io.UncheckedIOException if it cannot be written
    public void write(Path target, DataType type) {
        write(base, adapter, 1, target, type, Map.of(HELD, held(), PeftFolder.BASE_SHA256, base.sha256()));
    }

    /// What the merged model says of itself under [#HELD].
    public String held() {
        String before = base.weights().metadata().getOrDefault(HELD, "");
        return before.isEmpty() ? hash(adapter) : before + "," + hash(adapter);
    }

    /// Writes a merged model without the adapter that was merged last. What merging rounded does not come back: a
    /// weight differs from the base's by at most `2⁻²⁴ (|merged| + |base|)` where all is stored in f32.
    ///
    /// @param merged  what [#write] wrote
    /// @param adapter the one merged last
    /// @param target  must not exist, or be an empty folder
    /// @throws IllegalArgumentException if this adapter is not the last one that the folder holds, or put numbers in
    ///         the place of the base's rather than adding to them
    public static void undo(ModelFolder merged, PeftFolder adapter, Path target, DataType type) {
        List<String> held = List.of(merged.weights().metadata().getOrDefault(HELD, "").split(","));
        if (!held.getLast().equals(hash(adapter))) {
            throw new IllegalArgumentException(("taking an adapter out of %s: %s").formatted(merged.path(),
                    held.contains(hash(adapter)) ? "another was merged after it; take that one out first"
                            : "it does not hold this adapter"));
        }
        if (adapter.config().useDora() || !adapter.saved().isEmpty()) {
            throw new IllegalArgumentException(("taking an adapter out of %s: its %s took the place of the base's, "
                    + "which are no longer in the model; use the base").formatted(merged.path(),
                    adapter.config().useDora() ? "rows' lengths (DoRA)" : "whole weights"));
        }
        var rest = held.subList(0, held.size() - 1);
        write(merged, adapter, -1, target, type, rest.isEmpty() ? Map.of() : Map.of(HELD, String.join(",", rest)));
    }

    private static void write(ModelFolder from, PeftFolder adapter, float sign, Path target, DataType type,
            Map<String, String> metadata) {
        var entries = from.config().tensors().entrySet().stream()
                .map(each -> entry(from, adapter, sign, each.getKey(), each.getValue(), type)).toList();
        ModelFolder.write(target, from.config(), type, entries, from, metadata);
    }

    private static Entry entry(ModelFolder base, PeftFolder adapter, float sign, String name, Shape shape,
            DataType type) {
        Checkpoint weights = base.weights();
        String stored = base.storedName(name);
        String written = base.writtenName(name);
        String path = name.endsWith(WEIGHT) ? name.substring(0, name.length() - WEIGHT.length()) : name;
        Tensor whole = adapter.saved().get(name);
        if (whole != null) {
            return shape.sizes().size() == 1 ? Entry.vector(written, type, whole) : Entry.matrix(written, type, whole);
        }
        if (!adapter.modules().containsKey(path)) {
            return new Entry(written, type, shape, (row, target, offset) ->
                    weights.readRows(stored, row, 1, target, offset));
        }
        LowRankPair pair = stored(base, adapter, path);
        float scale = sign * (float) adapter.config().scaleOf(path);
        float[] correction = new float[pair.down().columns()];
        Rows corrected = (row, target, offset) -> {
            weights.readRows(stored, row, 1, target, offset);
            correct(row, pair, correction);
            for (int i = 0; i < correction.length; i++) {
                target[offset + i] = Math.fma(scale, correction[i], target[offset + i]);
            }
        };
        var magnitude = Objects.requireNonNull(adapter.modules().get(path)).magnitude();
        Rows finished = magnitude.isEmpty() ? corrected
                : lengthened(corrected, magnitude.get(), shape, base.config().isTransposed(name));
        return new Entry(written, type, shape, finished);
    }

    /// The rows of a weight whose outputs are brought to their learned lengths; outputs are rows, or columns where the
    /// weight is stored transposed.
    private static Rows lengthened(Rows rows, Tensor magnitude, Shape shape, boolean isTransposed) {
        int columns = Math.toIntExact(shape.columns());
        double[] squares = new double[magnitude.columns()];
        float[] line = new float[columns];
        for (int row = 0; row < shape.rows(); row++) {
            rows.copyRow(row, line, 0);
            for (int i = 0; i < columns; i++) {
                squares[isTransposed ? i : row] += (double) line[i] * line[i];
            }
        }
        float[] factors = new float[squares.length];
        for (int o = 0; o < factors.length; o++) {
            factors[o] = (float) (magnitude.at(0, o) / Math.sqrt(squares[o]));
        }
        return (row, target, offset) -> {
            rows.copyRow(row, target, offset);
            for (int i = 0; i < columns; i++) {
                target[offset + i] *= factors[isTransposed ? i : row];
            }
        };
    }

    /// The rows of a merged weight, in f32 and in the layout of the base's checkpoint.
    ///
    /// @param name one of [minarai.models.format.ModelConfig#tensors()]
    public Rows rows(String name) {
        return entry(base, adapter, 1, name, base.config().tensors().getOrDefault(name, Shape.of()),
                DataType.F32).rows();
    }

    /// As [#rows], of a merged model without an adapter: what [#undo] writes.
    public static Rows rowsWithout(ModelFolder merged, PeftFolder adapter, String name) {
        return entry(merged, adapter, -1, name, merged.config().tensors().getOrDefault(name, Shape.of()), DataType.F32)
                .rows();
    }

    /// One row of `up · down`, ascending over the rank.
    private static void correct(int row, LowRankPair pair, float[] correction) {
        Arrays.fill(correction, 0);
        for (int r = 0; r < pair.rank(); r++) {
            float factor = pair.up().at(row, r);
            for (int i = 0; i < correction.length; i++) {
                correction[i] = Math.fma(factor, pair.down().at(r, i), correction[i]);
            }
        }
    }

    /// Compares the merged weights with what the merge gives in f32, row by row.
    ///
    /// @param merged what [#write] wrote
    public Rounding rounding(ModelFolder merged) {
        double greatest = 0;
        double squares = 0;
        double all = 0;
        for (var each : base.config().tensors().entrySet()) {
            int columns = Math.toIntExact(each.getValue().columns());
            var exact = entry(base, adapter, 1, each.getKey(), each.getValue(), DataType.F32).rows();
            var should = new float[columns];
            var is = new float[columns];
            for (int row = 0; row < each.getValue().rows(); row++) {
                exact.copyRow(row, should, 0);
                merged.weights().readRows(merged.storedName(each.getKey()), row, 1, is, 0);
                for (int i = 0; i < columns; i++) {
                    double difference = (double) is[i] - should[i];
                    greatest = Math.max(greatest, Math.abs(difference));
                    squares += difference * difference;
                    all += (double) should[i] * should[i];
                }
            }
        }
        return new Rounding(greatest, Math.sqrt(squares / Math.max(all, Double.MIN_NORMAL)));
    }

    /// Compares the merged model with the base and the adapter beside it. Only one of the two is in memory at a time.
    ///
    /// @param merged what [#write] wrote
    /// @param probes sequences of token ids, none empty
    public Drift drift(ModelFolder merged, List<int[]> probes, Kernels kernels) {
        int longest = probes.stream().mapToInt(probe -> probe.length).max().orElse(1);
        var placed = new WithAdapters(CheckpointWeights.frozen(base, kernels), Adapter.frozen(adapter));
        List<Tensor> apart = logits(LanguageModel.of(base.config(), placed, longest), probes, kernels);
        var together = LanguageModel.of(merged.config(), CheckpointWeights.frozen(merged, kernels), longest);
        return Drift.of(apart, logits(together, probes, kernels));
    }

    private static List<Tensor> logits(LanguageModel model, List<int[]> probes, Kernels kernels) {
        var inference = new Inference(model, kernels);
        return probes.stream().map(inference::logits).toList();
    }

    /// SHA-256 over each module's path, scale and matrices, in the order of paths: what the adapter does, not how it
    /// is stored.
    private static String hash(PeftFolder adapter) {
        MessageDigest digest = sha256();
        adapter.modules().forEach((path, pair) -> {
            digest.update((path + "\n").getBytes(StandardCharsets.UTF_8));
            addNumbers(digest, (float) adapter.config().scaleOf(path), pair.down().rows(), pair.down().columns());
            addNumbers(digest, pair.down().toArray());
            addNumbers(digest, pair.up().toArray());
            pair.magnitude().ifPresent(each -> addNumbers(digest, each.toArray()));
        });
        adapter.saved().forEach((name, weight) -> {
            digest.update((name + "\n").getBytes(StandardCharsets.UTF_8));
            addNumbers(digest, weight.toArray());
        });
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void addNumbers(MessageDigest digest, float... numbers) {
        var buffer = ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, numbers.length))
                .order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(numbers);
        digest.update(buffer);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every Java platform has SHA-256", absent);
        }
    }
}
