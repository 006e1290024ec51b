package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import minarai.engine.Kernels;
import minarai.engine.SimdKernels;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.models.format.DataType;
import minarai.models.format.GgufExport;
import minarai.models.format.ModelFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Models in GGUF files and llama2.c checkpoints, against real files and against the reference's numbers.
class GgufTest {

    private static final Kernels KERNELS = new SimdKernels(new Workers(2));

    @TempDir
    Path folder;

    private static Inference inference(ModelFolder model) {
        return new Inference(LanguageModel.of(model.config(), CheckpointWeights.frozen(model, KERNELS), 256), KERNELS);
    }

    private Path export(ModelFolder model, DataType type) {
        Path target = folder.resolve("model-" + type + ".gguf");
        new GgufExport(model.config(), model::rows, type, "tiny", Optional.empty(), Map.of()).write(target);
        return target;
    }

    /// The two files are of different authors; the one in the program's own format, the other converted from it.
    @Test
    void aGgufFileAndALlama2cCheckpointOfOneModelAreEqual() {
        try (var gguf = ModelFolder.open(SharedData.path("models/stories260K/stories260K.gguf"));
                var bin = ModelFolder.open(SharedData.path("models/stories260K/stories260K.bin"))) {
            int tensors = 0;
            for (String name : bin.config().tensors().keySet()) {
                assertArrayEquals(bin.weights().read(name), gguf.weights().read(name), name);
                tensors++;
            }
            assertEquals(2 + 5 * 9, tensors);
            assertArrayEquals(bin.weights().read("model.embed_tokens.weight"), gguf.weights().read("lm_head.weight"));
            for (int steps : new int[] {200, 256}) {
                int[] ids = greedy(bin, steps);
                assertArrayEquals(ids, greedy(gguf, steps));
                assertEquals(golden("greedy_" + steps), text(gguf, ids));
            }
        }
    }

    private static int[] greedy(ModelFolder model, int steps) {
        return inference(model).generate(new int[] {1}, Sampler.greedy(), new Inference.Limits(steps, Set.of(1)),
                (sequence, id) -> { }).ids();
    }

    private static String golden(String name) {
        for (JsonNode each : SharedData.json("goldens/llama2c/stories260K.json")) {
            if (each.get("name").stringValue().equals(name)) {
                return each.get("expected").stringValue();
            }
        }
        throw new IllegalStateException("no golden " + name);
    }

    /// The pieces of the file's own vocabulary, as SentencePiece puts them together.
    private static String text(ModelFolder model, int[] ids) {
        var text = new StringBuilder();
        for (int id : ids) {
            String piece = model.vocabulary().orElseThrow().tokens().get(id);
            text.append(piece.matches("<0x[0-9A-F]{2}>")
                    ? String.valueOf((char) Integer.parseInt(piece.substring(3, 5), 16))
                    : piece.replace('\u2581', ' '));
        }
        return text.toString().strip();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-tiny", "llama-tiny-bf16", "mistral-tiny", "qwen2-tiny", "gpt2-tiny"})
    void aModelWrittenAsGgufGivesTheReferencesNumbers(String name) {
        try (var model = ModelFolder.open(SharedData.path("goldens/hf/models/" + name));
                var gguf = ModelFolder.open(export(model, DataType.F32))) {
            JsonNode golden = SharedData.json("goldens/hf/models/" + name + "/golden.json");
            Inference inference = inference(gguf);
            for (JsonNode each : golden.get("sequences")) {
                int[] ids = SharedData.ints(each.get("ids"));
                Tensor logits = inference.logits(ids);
                int row = 0;
                for (int position : SharedData.ints(each.get("logit_positions"))) {
                    double[] expected = SharedData.doubles(each.get("f64").get("logits").get(row++));
                    for (int i = 0; i < expected.length; i++) {
                        assertEquals(expected[i], logits.at(position, i), 1e-4, name + " position " + position);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"llama-tiny,F32", "llama-tiny-bf16,BF16", "llama-tiny-bf16,F32", "mistral-tiny,F32", "qwen2-tiny,F32",
        "gpt2-tiny,F32"})
    void whatIsWrittenWithoutRoundingIsReadAsItWas(String name, DataType type) {
        try (var model = ModelFolder.open(SharedData.path("goldens/hf/models/" + name));
                var gguf = ModelFolder.open(export(model, type))) {
            assertEquals(model.config(), gguf.config());
            for (String weight : model.config().tensors().keySet()) {
                assertArrayEquals(model.weights().read(model.storedName(weight)), gguf.weights().read(weight), weight);
                assertEquals(model.weights().tensor(model.storedName(weight)).shape(),
                        gguf.weights().tensor(weight).shape(), weight);
            }
            if (type == DataType.F32 && !name.endsWith("bf16") && !name.startsWith("gpt2")) {
                assertEquals(model.sha256(), gguf.sha256(), "equal weights have one hash in both formats");
            }
            int[] ids = {3, 1, 4, 1, 5, 9, 2, 6};
            assertArrayEquals(inference(model).logits(ids).toArray(), inference(gguf).logits(ids).toArray());
        }
    }

    /// Q8_0 and Q4_0 round as packing does, so a model written so gives bit for bit what `--weights` gives in memory.
    @ParameterizedTest
    @CsvSource({"qwen2-tiny,Q8_0", "qwen2-tiny,Q4_0"})
    void aQuantizedFileIsTheModelQuantizedInMemory(String name, DataType type) {
        try (var model = ModelFolder.open(SharedData.path("goldens/hf/models/" + name));
                var gguf = ModelFolder.open(export(model, type))) {
            var storage = Storage.valueOf(type.name());
            var memory = CheckpointWeights.frozen(model, KERNELS, Optional.of(storage));
            var file = CheckpointWeights.frozen(gguf, KERNELS);
            int quantized = 0;
            for (var each : model.config().tensors().entrySet()) {
                if (each.getValue().rows() == 1) {
                    continue;
                }
                int rows = (int) each.getValue().rows();
                int columns = (int) each.getValue().columns();
                var read = file.matrix(each.getKey(), rows, columns).value();
                var packed = memory.matrix(each.getKey(), rows, columns).value();
                boolean isFiner = gguf.weights().tensor(each.getKey()).type() != type;
                for (int row = 0; row < rows && !isFiner; row++) {
                    for (int column = 0; column < columns; column++) {
                        assertEquals(packed.at(row, column), read.at(row, column), each.getKey());
                    }
                }
                quantized += isFiner ? 0 : 1;
            }
            assertTrue(quantized > 10, quantized + " quantized matrices");
        }
    }

    @Test
    void anAdapterOnAGgufBaseIsAnAdapterOnTheFolder() {
        try (var model = ModelFolder.open(SharedData.path("goldens/hf/models/llama-tiny"));
                var gguf = ModelFolder.open(export(model, DataType.F32))) {
            var adapter = minarai.models.format.PeftFolder.read(
                    SharedData.path("goldens/hf/lora/llama-qv-r4/adapter_initial"));
            int[] ids = {3, 1, 4, 1, 5};
            var one = ModelSource.adapted(model, KERNELS, Optional.empty(), adapter, 16, Set.of());
            var other = ModelSource.adapted(gguf, KERNELS, Optional.empty(), adapter, 16, Set.of());
            assertArrayEquals(new Inference(one, KERNELS).logits(ids).toArray(),
                    new Inference(other, KERNELS).logits(ids).toArray());
        }
    }
}
