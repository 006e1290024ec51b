package minarai.models;

import java.util.List;
import minarai.engine.Kernels;
import minarai.engine.Ops;
import minarai.engine.SimdKernels;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.engine.Workspace;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;
import minarai.models.format.LowRankPair;
import minarai.models.format.TargetModules;
import java.util.Map;
import java.util.TreeMap;
import minarai.engine.Philox;

/// Forward passes whose logits are copied out, so that they can be compared bit for bit.
final class Runs {

    static final Kernels KERNELS = new SimdKernels(new Workers(2));

    private Runs() {
    }

    /// Logits of all tokens, row by row.
    static float[] logits(LanguageModel model, Tokens tokens, KeyValueCache cache) {
        var ops = new Ops(KERNELS, Workspace.growing(), Tape.off());
        return model.logits(ops, model.hidden(ops, tokens, cache, Asked.all())).toArray();
    }

    static float[] logits(LanguageModel model, int... ids) {
        return logits(model, Tokens.of(ids), KeyValueCache.none());
    }

    static float[] logits(LanguageModel model, List<int[]> sequences) {
        return logits(model, Tokens.of(sequences), KeyValueCache.none());
    }

    /// The greatest absolute difference.
    static double difference(float[] a, float[] b) {
        double most = a.length == b.length ? 0 : Double.POSITIVE_INFINITY;
        for (int i = 0; i < Math.min(a.length, b.length); i++) {
            most = Math.max(most, Math.abs((double) a[i] - b[i]));
        }
        return most;
    }

    /// An adapter on query, value and down projections of the small model, with nothing zero in it.
    static PeftFolder adapter(long seed, Map<String, String> metadata) {
        var config = PeftConfig.lora(3, 5, 0, new TargetModules.Names(List.of("q_proj", "v_proj", "down_proj")), "");
        var pairs = new TreeMap<String, LowRankPair>();
        for (int layer = 0; layer < 2; layer++) {
            String path = "model.layers." + layer;
            pairs.put(path + ".self_attn.q_proj", pair(seed, layer * 3, 36, 20));
            pairs.put(path + ".self_attn.v_proj", pair(seed, layer * 3 + 1, 12, 20));
            pairs.put(path + ".mlp.down_proj", pair(seed, layer * 3 + 2, 20, 27));
        }
        return new PeftFolder(config, pairs, metadata);
    }

    private static LowRankPair pair(long seed, int purpose, int outputs, int inputs) {
        return new LowRankPair(random(seed, 2 * purpose, 3, inputs), random(seed, 2 * purpose + 1, outputs, 3));
    }

    private static Tensor random(long seed, int purpose, int rows, int columns) {
        Tensor matrix = Tensor.zeros(rows, columns);
        new Philox(seed, purpose).fillNormal(0, 0.3f, matrix);
        return matrix;
    }
}
