package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.format.PeftFolder;
import minarai.train.run.Ledger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The keys of a recipe that say what kind of adapter is trained, by the names that PEFT has for them.
class AdapterKeysTest {

    private static final Map<String, Object> ALL = Map.of("steps", 5, "rank", 4, "use_dora", true, "use_rslora", true,
            "rank_pattern", "v_proj:2,layers.0.mlp.*:3", "alpha_pattern", "layers\\.0\\.mlp\\.up_proj:5.5",
            "modules_to_save", "norm,input_layernorm");

    @TempDir
    private Path folder;

    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static JsonNode configuration(Path run) throws IOException {
        return JsonMapper.builder().build().readTree(Files.readString(run.resolve("adapter/adapter_config.json")));
    }

    @Test
    void theAdapterFolderSaysWhatWasTrained() throws IOException {
        var tiny = TinyRun.in(folder, ALL);
        tiny.tune(folder.resolve("run"));
        JsonNode read = configuration(folder.resolve("run"));
        assertTrue(read.get("use_dora").booleanValue() && read.get("use_rslora").booleanValue());
        assertEquals("{\"v_proj\":2,\"layers.0.mlp.*\":3}", read.get("rank_pattern").toString());
        assertEquals("{\"layers\\\\.0\\\\.mlp\\\\.up_proj\":5.5}", read.get("alpha_pattern").toString());
        assertEquals("[\"input_layernorm\",\"norm\"]", read.get("modules_to_save").toString());
        var adapter = PeftFolder.read(folder.resolve("run/adapter"));
        assertEquals(2, adapter.modules().get("model.layers.0.self_attn.v_proj").rank());
        assertEquals(3, adapter.modules().get("model.layers.0.mlp.down_proj").rank());
        assertEquals(4, adapter.modules().get("model.layers.0.self_attn.q_proj").rank());
        assertEquals(Set.of("model.norm.weight", "model.layers.0.input_layernorm.weight"), adapter.saved().keySet());
    }

    @Test
    void theAdapterThatIsReadBackGivesTheLogitsOfTheTrainedModel() {
        var tiny = TinyRun.in(folder, ALL);
        try (var source = tiny.source()) {
            var tuning = tiny.tuning(source);
            float[] before = logits(new Inference(tuning.model(), TinyRun.KERNELS));
            var course = tuning.course();
            for (int step = 0; step < 5; step++) {
                course.next();
            }
            tuning.write(folder.resolve("run"));
            float[] trained = logits(new Inference(tuning.model(), TinyRun.KERNELS));
            var model = ModelSource.adapted(source.folder(), TinyRun.KERNELS, Optional.empty(),
                    PeftFolder.read(folder.resolve("run/adapter")), 16, Set.of());
            assertArrayEquals(trained, logits(new Inference(model, TinyRun.KERNELS)), 1e-5f);
            assertFalse(Arrays.equals(before, trained), "training changed the model");
            assertEquals(ParameterHash.of(tuning.trained(), TinyRun.KERNELS),
                    ParameterHash.of(tuning.written(folder.resolve("run")), TinyRun.KERNELS));
        }
    }

    private static float[] logits(Inference inference) {
        return inference.logits(new int[] {0, 70, 80, 90, 100}).toArray();
    }

    @Test
    void aRunIsTakenUpAgainAndReplayedWithTheSameBits() throws IOException {
        var tiny = TinyRun.in(folder, ALL);
        Path whole = folder.resolve("whole");
        Path broken = folder.resolve("broken");
        tiny.tune(whole);
        assertThrows(Stopped.class, () -> tiny.tune(broken, point -> {
            if (point.step() == 4) {
                throw new Stopped();
            }
        }));
        tiny.tune(broken);
        for (String file : List.of("ledger.jsonl", "run.json", "adapter/adapter_config.json")) {
            assertEquals(Files.readString(whole.resolve(file)), Files.readString(broken.resolve(file)), file);
        }
        assertArrayEquals(Files.readAllBytes(whole.resolve("adapter/adapter_model.safetensors")),
                Files.readAllBytes(broken.resolve("adapter/adapter_model.safetensors")));
        try (var source = tiny.source()) {
            var verdict = new Replay(tiny.tuning(source), whole, Ledger.read(whole)).run(1, 5, Progress.none());
            assertTrue(verdict.isVerified(), verdict.toString());
        }
        assertEquals(tiny.recipe(), Recipe.of(tiny.recipe().toMap()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"rank_pattern|k_prog:3|names none of the modules",
            "alpha_pattern|lm_head:3|names none",
        "modules_to_save|lm_head|ties its head", "modules_to_save|nothing|has no module nothing",
        "modules_to_save|embed_tokens|ties its head"})
    void whatTheModelHasNoPlaceForIsRefusedBeforeTraining(String key, String value, String sentence) {
        var tiny = TinyRun.in(folder, Map.of(key, value));
        try (var source = tiny.source()) {
            String message = assertThrows(IllegalArgumentException.class, () -> tiny.tuning(source)).getMessage();
            assertTrue(message.contains(sentence), message);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"use_dora=true method=full|use_dora: has no meaning with method=full",
        "modules_to_save=norm method=full|modules_to_save: has no meaning",
                "rank_pattern=q:2 method=full|rank_pattern: has no",
        "use_rslora=true method=full|use_rslora: has no", "rank_pattern=q_proj|must be different PATTERN:NUMBER",
        "rank_pattern=q:1,q:2|must be different PATTERN", "rank_pattern=q:0|whole number from 1",
        "alpha_pattern=q:zero|must be a number above", "rslora=true use_rslora=true|another name of rslora",
        "modules_to_save=q_proj target_modules=q_proj|among target_modules",
        "modules_to_save=norm weights=q8_0|weights=q8_0"})
    void keysThatDoNotGoTogetherAreRefused(String settings, String sentence) {
        var map = new LinkedHashMap<String, Object>();
        for (String setting : settings.split(" ")) {
            map.put(setting.split("=")[0], setting.split("=")[1]);
        }
        String message = assertThrows(IllegalArgumentException.class, () -> Recipe.of(map)).getMessage();
        assertTrue(message.contains(sentence), message);
    }

    @Test
    void aPatternInYamlIsAMap() {
        assertEquals(Recipe.of(Map.of("rank_pattern", Map.of("q_proj", 3), "alpha_pattern", Map.of("q_proj", 1.5))),
                Recipe.of(Map.of("rank_pattern", "q_proj:3", "alpha_pattern", "q_proj:1.5")));
    }
}
