package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.models.format.LowRankPair;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;
import minarai.models.format.TargetModules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterTest {

    private static final PeftConfig ALL = PeftConfig.lora(3, 8, 0, new TargetModules.AllLinear(), "");
    private static final int[] IDS = RandomWeights.ids(50, 1);

    private static Llama adapted(Adapter adapter) {
        return new Llama(RandomWeights.config(), new WithAdapters(new RandomWeights(3, Runs.KERNELS), adapter), 256);
    }

    @Test
    void aFreshAdapterChangesNothing() {
        var adapter = Adapter.fresh(ALL, 11);
        float[] logits = Runs.logits(adapted(adapter), IDS);
        assertEquals(2 * 7 * 2, adapter.parameters().size());
        assertArrayEquals(Runs.logits(RandomWeights.model(3, Runs.KERNELS), IDS), logits);
    }

    @Test
    void downIsUniformAndUpIsZero() {
        var adapter = Adapter.fresh(ALL, 11);
        adapted(adapter);
        for (Linear.LowRank layer : adapter.layers().values()) {
            float bound = (float) (1 / Math.sqrt(layer.down().value().columns()));
            float most = 0;
            for (float number : layer.down().tensor().toArray()) {
                most = Math.max(most, Math.abs(number));
            }
            assertTrue(most <= bound && most > 0.8 * bound, most + " of " + bound);
            assertArrayEquals(new float[layer.up().tensor().size()], layer.up().tensor().toArray());
            assertEquals(8f / 3, layer.scale());
        }
    }

    @Test
    void aSeedGivesTheSameAdapterAndEachLayerItsOwnNumbers() {
        var one = Adapter.fresh(ALL, 11);
        var same = Adapter.fresh(ALL, 11);
        adapted(one);
        adapted(same);
        for (int i = 0; i < one.parameters().size(); i++) {
            assertArrayEquals(one.parameters().get(i).tensor().toArray(), same.parameters().get(i).tensor().toArray());
        }
        float[] query = one.layers().get("model.layers.0.self_attn.q_proj").down().tensor().toArray();
        float[] key = one.layers().get("model.layers.0.self_attn.k_proj").down().tensor().toArray();
        assertTrue(Runs.difference(query, key) > 0.01);
    }

    @Test
    void anAdapterSavedAndReloadedGivesTheSameLogits(@TempDir Path folder) {
        var adapter = Adapter.frozen(Runs.adapter(4, Map.of()));
        float[] before = Runs.logits(adapted(adapter), IDS);
        assertTrue(Runs.difference(before, Runs.logits(RandomWeights.model(3, Runs.KERNELS), IDS)) > 0.1);
        adapter.toFolder("ab12").write(folder.resolve("adapter"));
        PeftFolder read = PeftFolder.read(folder.resolve("adapter"));
        assertEquals("ab12", read.baseSha256().orElseThrow());
        assertArrayEquals(before, Runs.logits(adapted(Adapter.frozen(read)), IDS));
    }

    @Test
    void trainingALoadedAdapterLeavesItsFolderAsItWas() {
        PeftFolder folder = Runs.adapter(4, Map.of());
        var adapter = Adapter.trained(folder);
        adapted(adapter);
        for (Parameter parameter : adapter.parameters()) {
            parameter.tensor().fill(7);
        }
        float[] expected = Runs.logits(adapted(Adapter.frozen(Runs.adapter(4, Map.of()))), IDS);
        assertArrayEquals(expected, Runs.logits(adapted(Adapter.frozen(folder)), IDS));
    }

    @Test
    void anAdapterWhoseMatricesDoNotFitALayerIsRefused() {
        var config = PeftConfig.lora(2, 2, 0, new TargetModules.Names(List.of("q_proj")), "");
        var pair = new LowRankPair(Tensor.zeros(2, 24),
                Tensor.zeros(36, 2));
        var folder = new PeftFolder(config, new TreeMap<>(Map.of("model.layers.1.self_attn.q_proj", pair)),
                Map.of());
        String message = assertThrows(IllegalArgumentException.class, () -> adapted(Adapter.frozen(folder)))
                .getMessage();
        assertEquals("adapter model.layers.1.self_attn.q_proj: its matrices are 2 x 24 and 36 x 2, but the layer takes "
                + "20 inputs and gives 36 outputs. Was the adapter made for another base?", message);
    }

    @Test
    void anAdapterOfAnotherBaseIsRefusedByItsHashAndByItsLayers() {
        Path path = SharedData.path("models/TinyStories-656K-hf");
        try (var source = ModelSource.open(path, Optional.empty(), LocalDateTime.MIN)) {
            String byHash = assertThrows(IllegalArgumentException.class, () -> source.adapted(Runs.KERNELS,
                    Runs.adapter(1, Map.of(PeftFolder.BASE_SHA256, "0".repeat(64))), 64)).getMessage();
            assertTrue(byHash.contains("the adapter was trained on weights with the hash 000000000000…"), byHash);
            String byShape = assertThrows(IllegalArgumentException.class, () -> source.adapted(Runs.KERNELS,
                    Runs.adapter(1, Map.of()), 64)).getMessage();
            assertTrue(byShape.endsWith("Was the adapter made for another base?"), byShape);
        }
    }
}
