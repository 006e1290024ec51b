package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.Optional;
import java.util.TreeMap;
import minarai.engine.Tensor;
import minarai.models.SharedData;
import minarai.models.format.SafetensorsWriter.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PeftFolderTest {

    private static final String QUERY = "model.layers.0.self_attn.q_proj";
    private static final String MINIMAL = "{\"peft_type\": \"LORA\", \"r\": 2, \"target_modules\": [\"q_proj\"]}";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({
        "goldens/hf/lora/llama-qv-r4/adapter_final, 4, 16, false, 4, 4",
        "goldens/hf/lora/qwen2-qv-r2/adapter_initial, 2, 6, false, 6, 3",
        "goldens/hf/lora/qwen2-all-r8-rslora/adapter_final, 8, 8, true, 21, 2.82842712474619",
        "goldens/reference/ts656_lora_qv_r2, 2, 4, false, 4, 2"})
    void anAdapterOfAnotherToolIsReadAndWrittenByteForByte(String name, int rank, double alpha, boolean useRslora,
            int modules, double scale) throws IOException {
        Path golden = SharedData.path(name);
        var adapter = PeftFolder.read(golden);
        assertEquals(rank, adapter.config().rank());
        assertEquals(alpha, adapter.config().alpha());
        assertEquals(useRslora, adapter.config().useRslora());
        assertEquals(modules, adapter.modules().size());
        assertEquals(scale, adapter.config().scaleOf(QUERY));
        assertEquals(rank, adapter.modules().get(QUERY).down().rows());
        Path copy = folder.resolve("copy");
        adapter.write(copy);
        var again = PeftFolder.read(copy);
        assertEquals(adapter.config(), again.config());
        assertArrayEquals(adapter.modules().get(QUERY).up().data(), again.modules().get(QUERY).up().data());
        if (adapter.metadata().equals(Map.of("format", "pt"))) {
            assertEquals(-1, Files.mismatch(golden.resolve("adapter_model.safetensors"),
                    copy.resolve("adapter_model.safetensors")));
        }
    }

    @Test
    void magnitudesAndWholeWeightsSurviveWritingAndReading() {
        var pair = pair(2);
        var magnitude = Tensor.zeros(1, pair.up().rows());
        magnitude.fill(1.5f);
        var head = Tensor.zeros(5, 8);
        head.fill(0.25f);
        var gain = Tensor.zeros(1, 8);
        var config = new PeftConfig(2, 4, 0, new TargetModules.AllLinear(), false, true, new LinkedHashMap<>(),
                new LinkedHashMap<>(), false, "", "CAUSAL_LM", List.of("norm", "lm_head"));
        var adapter = new PeftFolder(config, new TreeMap<>(Map.of(QUERY, new LowRankPair(pair.down(), pair.up(),
                Optional.of(magnitude)))), new TreeMap<>(Map.of("lm_head.weight", head, "model.norm.weight", gain)),
                Map.of());
        adapter.write(folder.resolve("adapter"));
        var again = PeftFolder.read(folder.resolve("adapter"));
        assertEquals(config, again.config());
        assertArrayEquals(magnitude.toArray(), again.modules().get(QUERY).magnitude().orElseThrow().toArray());
        assertArrayEquals(head.toArray(), again.saved().get("lm_head.weight").toArray());
        assertEquals("1 x 8", again.saved().get("model.norm.weight").toString());
        var halves = new TreeMap<>(Map.of(QUERY, pair));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new PeftFolder(config, halves, Map.of()))
                .getMessage().contains("has no magnitudes"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "\"peft_type\": \"IA3\"                           | peft_type is \"IA3\"; it must be LORA",
        "\"peft_type\": null                              | the key peft_type is missing",
        "\"modules_to_save\": [\"lm_head\"]               | modules_to_save",
        "\"bias\": \"all\"                                | bias is \"all\"",
        "\"lora_bias\": true                              | lora_bias is true",
        "\"init_lora_weights\": \"pissa\"                 | init_lora_weights",
        "\"layers_to_transform\": [0]                     | layers_to_transform",
        "\"some_new_config\": {\"a\": 1}                  | some_new_config",
        "\"task_type\": \"SEQ_CLS\"                       | task_type",
        "\"r\": 0                                         | r is 0",
        "\"r\": 3                                         | rank 3: 3 x inputs and outputs x 3 are needed",
        "\"lora_alpha\": -1                               | lora_alpha",
        "\"lora_alpha\": 0                                | lora_alpha is 0.0",
        "\"lora_dropout\": 1                              | lora_dropout",
        "\"target_modules\": []                           | at least one name",
        "\"target_modules\": \"(\"                        | not a regular expression",
        "\"target_modules\": \"(.*.*)*(.*.*)*x\"          | takes too long",
        "\"target_modules\": [\"v_proj\"]                 | which target_modules does not name",
        "\"rank_pattern\": {\"q_proj\": 4}                | has the rank 4"})
    void aSettingThatIsNotUnderstoodIsRefused(String member, String reason) throws IOException {
        var config = new LinkedHashMap<>(Map.of("peft_type", "\"peft_type\": \"LORA\"", "r", "\"r\": 2",
                "target_modules", "\"target_modules\": [\"q_proj\"]"));
        config.put(member.substring(1, member.indexOf('"', 1)), member);
        writeAdapter("{" + String.join(", ", config.values()) + "}");
        var refusal = assertThrows(IllegalArgumentException.class, () -> PeftFolder.read(folder));
        assertTrue(refusal.getMessage().contains(reason.replace("has the rank 4", "rank 4: 4 x inputs")),
                refusal.getMessage());
    }

    @Test
    void patternsGiveSingleModulesTheirRankAndAlpha() {
        var ranks = new LinkedHashMap<String, Integer>();
        ranks.put("layers\\.1\\..*q_proj", 4);
        ranks.put("q_proj", 2);
        var alphas = new LinkedHashMap<>(Map.of("v_proj", 3.0));
        var config = new PeftConfig(8, 16, 0, new TargetModules.Expression(".*(q|v)_proj"), true, false, ranks, alphas,
                false, "", "CAUSAL_LM");
        assertEquals(2, config.rankOf(QUERY));
        assertEquals(4, config.rankOf("model.layers.1.self_attn.q_proj"));
        assertEquals(8, config.rankOf("model.layers.0.self_attn.xq_proj"));
        assertEquals(3 / Math.sqrt(8), config.scaleOf("model.layers.0.self_attn.v_proj"));
        assertEquals(16 / Math.sqrt(2), config.scaleOf(QUERY));
        assertTrue(config.targetModules().matches(QUERY));
        assertFalse(config.targetModules().matches("model.layers.0.self_attn.k_proj"));
        var adapter = new PeftFolder(config, new TreeMap<>(Map.of(QUERY, pair(2))),
                Map.of(PeftFolder.BASE_SHA256, "ab"));
        adapter.write(folder.resolve("patterns"));
        var again = PeftFolder.read(folder.resolve("patterns"));
        assertEquals(config, again.config());
        assertEquals(Optional.of("ab"), again.baseSha256());
        assertThrows(IllegalArgumentException.class,
                () -> new PeftFolder(config, new TreeMap<>(Map.of(QUERY, pair(3))), Map.of()));
    }

    @Test
    void namesEndAtADot() {
        var names = new TargetModules.Names(List.of("q_proj"));
        assertTrue(names.matches(QUERY));
        assertFalse(names.matches("model.layers.0.self_attn.xq_proj"));
        assertFalse(new TargetModules.AllLinear().matches("lm_head"));
    }

    @Test
    void halfAPairAndForeignTensorsAreRefused() throws IOException {
        writeAdapter(MINIMAL);
        String down = "base_model.model." + QUERY + ".lora_A.weight";
        String up = "base_model.model." + QUERY + ".lora_B.weight";
        refuse("has no tensor " + up, Map.of(down, Tensor.zeros(2, 8)));
        refuse("rank 2: 2 x inputs", Map.of(down, Tensor.zeros(8, 2), up, Tensor.zeros(2, 8)));
        refuse("magnitudes are 8 x 1; 1 x", Map.of(down, Tensor.zeros(2, 8), up, Tensor.zeros(8, 2),
                "base_model.model." + QUERY + ".lora_magnitude_vector", Tensor.zeros(8, 1)));
        refuse("no matrices at all", Map.of());
    }

    private void refuse(String reason, Map<String, Tensor> tensors) {
        SafetensorsWriter.write(folder.resolve("adapter_model.safetensors"), tensors.entrySet().stream()
                .map(entry -> Entry.matrix(entry.getKey(), DataType.F32, entry.getValue())).toList(), Map.of());
        var refusal = assertThrows(IllegalArgumentException.class, () -> PeftFolder.read(folder));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    @Test
    void whatIsNoAdapterFolderIsRefusedWithWhatWasLookedFor() throws IOException {
        assertThrows(IllegalArgumentException.class, () -> PeftFolder.read(folder.resolve("absent")));
        assertThrows(IllegalArgumentException.class, () -> PeftFolder.read(folder));
        Files.writeString(folder.resolve("adapter_config.json"), MINIMAL);
        Files.writeString(folder.resolve("adapter_model.bin"), "");
        var refusal = assertThrows(IllegalArgumentException.class, () -> PeftFolder.read(folder));
        assertTrue(refusal.getMessage().contains("adapter_model.bin is a program"), refusal.getMessage());
    }

    @Test
    void anAdapterIsNeverWrittenOverAnother() throws IOException {
        var adapter = new PeftFolder(PeftConfig.lora(2, 4, 0, new TargetModules.AllLinear(), ""),
                new TreeMap<>(Map.of(QUERY, pair(2))), Map.of());
        Path path = folder.resolve("adapter");
        adapter.write(path);
        assertThrows(IllegalArgumentException.class, () -> adapter.write(path));
        try (var inside = Files.list(folder)) {
            assertEquals(List.of(path), inside.toList());
        }
    }

    private void writeAdapter(String config) throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), config);
        var pair = pair(2);
        SafetensorsWriter.write(folder.resolve("adapter_model.safetensors"),
                List.of(Entry.matrix("base_model.model." + QUERY + ".lora_A.weight", DataType.F32, pair.down()),
                        Entry.matrix("base_model.model." + QUERY + ".lora_B.weight", DataType.F32, pair.up())),
                Map.of());
    }

    private static LowRankPair pair(int rank) {
        var pair = new LowRankPair(Tensor.zeros(rank, 8), Tensor.zeros(6, rank));
        for (int i = 0; i < pair.down().size(); i++) {
            pair.down().data()[i] = i;
        }
        pair.up().fill(0.5f);
        return pair;
    }
}
