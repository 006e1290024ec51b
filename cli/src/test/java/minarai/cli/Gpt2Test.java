package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import minarai.engine.Philox;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.Gpt2Config;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import minarai.models.format.SafetensorsWriter.Entry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The commands on a GPT-2 with weights from a seed: tuned with an adapter and in full, asked, planned.
class Gpt2Test {

    @TempDir
    private Path folder;
    private String model = "";
    private String data = "";

    @BeforeEach
    void randomModel() throws IOException {
        var config = new Gpt2Config(600, 24, 96, 2, 4, 1e-5, true, 96, OptionalInt.of(0), List.of(0));
        var entries = new ArrayList<Entry>();
        config.tensors().forEach((name, shape) -> {
            Tensor weight = Tensor.zeros((int) shape.rows(), (int) shape.columns());
            new Philox(4, entries.size()).fillNormal(0, 0.2f, weight);
            boolean isVector = shape.sizes().size() == 1;
            entries.add(isVector ? Entry.vector(name, DataType.F32, weight)
                    : Entry.matrix(name, DataType.F32, weight));
        });
        Path path = folder.resolve("gpt2");
        ModelFolder.write(path, config, DataType.F32, entries,
                List.of(SharedData.at("goldens/hf/tokenizers/tiny-gpt2style/tokenizer.json")));
        model = path.toString();
        var lines = new ArrayList<String>();
        for (int i = 0; i < 12; i++) {
            lines.add("{\"instruction\": \"Say the number %d.\", \"output\": \"It is %d.\"}".formatted(i, i));
        }
        data = Files.write(folder.resolve("pairs.jsonl"), lines).toString();
    }

    private JsonNode tune(Path run, String... more) {
        var arguments = new ArrayList<>(List.of("tune", "-m", model, "-d", data, "-o", run.toString(), "--template",
                "plain", "--json", "learning_rate=1e-2", "steps=12", "max_length=96"));
        arguments.addAll(List.of(more));
        return Session.of(arguments.toArray(String[]::new)).json();
    }

    private static void assertLearned(JsonNode json) {
        List<Double> losses = json.get("losses").valueStream().map(JsonNode::asDouble).toList();
        assertTrue(losses.getLast() < 0.95 * losses.getFirst(), losses.toString());
    }

    private String answer(String... more) {
        var arguments = new ArrayList<>(List.of("generate", "--prompt", "Say", "--max-tokens", "8"));
        arguments.addAll(List.of(more));
        return Session.of(arguments.toArray(String[]::new)).out();
    }

    @Test
    void anAdapterIsTrainedAndSaysThatTheBaseStoresInputsByOutputs() {
        Path run = folder.resolve("run");
        assertLearned(tune(run));
        var adapter = PeftFolder.read(run.resolve("adapter"));
        assertTrue(adapter.config().fanInFanOut());
        assertEquals(8, adapter.modules().size());
        assertEquals(72, adapter.modules().get("transformer.h.0.attn.c_attn").up().rows());
        assertFalse(answer("-m", model).equals(answer("-m", model, "-a", run.toString())));
    }

    @Test
    void fullTuningWritesAFolderOfTheSameLayout() {
        Path run = folder.resolve("run");
        assertLearned(tune(run, "method=full"));
        try (var base = ModelFolder.open(Path.of(model)); var tuned = ModelFolder.open(run.resolve("model"))) {
            assertEquals(base.config(), tuned.config());
            assertEquals(base.weights().names(), tuned.weights().names());
            String name = "transformer.h.1.mlp.c_fc.weight";
            assertEquals(base.weights().tensor(name), tuned.weights().tensor(name));
            float[] before = base.weights().read(name);
            float[] after = tuned.weights().read(name);
            for (int i = 0; i < before.length; i++) {
                // Twelve steps of AdamW move no weight further than twelve rates and a little decay.
                assertEquals(before[i], after[i], 0.13);
            }
        }
        assertFalse(answer("-m", model).equals(answer("-m", run.resolve("model").toString())));
    }

    @Test
    void aTargetOfAnotherArchitectureIsRefusedWithItsOwn() {
        String[] arguments = {"tune", "-m", model, "-d", data, "-o", folder.resolve("run").toString(), "--template",
            "plain", "target_modules=q_proj"};
        var session = Session.of(arguments);
        assertFalse(session.exitCode() == 0);
        assertTrue(session.err().contains("the model has no module q_proj. Its projections are c_attn, c_proj, c_fc"),
                session.err());
    }

    @Test
    void logitsAreShownAndAPlanIsMade() {
        var logits = Session.of("inspect", "logits", "-m", model, "--ids", "5,6,7", "--json").json();
        assertEquals(3, logits.get("logits").size());
        assertEquals(600, logits.get("logits").get(0).size());
        var plan = Session.of("plan", "-m", model, "-d", data, "--template", "plain", "--json").json();
        assertTrue(plan.get("planned_memory_bytes").asLong() > 0);
        assertEquals(0, Session.of("inspect", "tensors", "-m", model).exitCode());
    }
}
