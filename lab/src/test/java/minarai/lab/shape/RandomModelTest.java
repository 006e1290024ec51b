package minarai.lab.shape;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import minarai.engine.ReferenceKernels;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.Sampler;
import minarai.models.format.DataType;
import minarai.models.format.ModelFolder;
import minarai.tokenizer.BytePairTrainer;
import minarai.tokenizer.TokenizerFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RandomModelTest {

    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 1, 0, 0);

    @TempDir
    private Path folder;

    private Path tiny(String name, DataType type, long seed) {
        Path target = folder.resolve(name);
        new RandomModel(PublishedShape.TINY, type, seed).write(target, Optional.empty());
        return target;
    }

    @Test
    void aTinyShapeOpensAndGenerates() {
        try (var source = ModelSource.open(tiny("a", DataType.BF16, 1), Optional.empty(), NOW)) {
            var kernels = new ReferenceKernels();
            var inference = new Inference(source.frozen(kernels, 64), kernels);
            int[] prompt = source.tokenizer().encode("Hi").ids();
            var answer = inference.generate(prompt, Sampler.greedy(), new Inference.Limits(5, Set.of()), (_, _) -> { });
            assertEquals(5, answer.ids().length);
            assertEquals(OptionalInt.of(0), source.requireTemplate().findEndToken(source.tokenizer()));
            assertTrue(source.ends().contains(0));
        }
    }

    @Test
    void theEndOfATextIsTheOneThatComesWithTheTokenizer() throws Exception {
        Path other = Files.createDirectory(folder.resolve("other"));
        TokenizerFile.write(new BytePairTrainer(258, List.of("<start>", "<stop>")).train(List.of()),
                other.resolve("tokenizer.json"));
        Files.writeString(other.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"<start>\", \"eos_token\": {\"content\": \"<stop>\"}}");
        Path target = folder.resolve("a");
        new RandomModel(PublishedShape.TINY, DataType.BF16, 1).write(target, Optional.of(other));
        try (var source = ModelSource.open(target, Optional.empty(), NOW)) {
            var config = source.config();
            assertEquals("<start>", source.tokenizer().piece(config.bosId().orElseThrow()));
            assertEquals(List.of("<stop>"), config.eosIds().stream().map(source.tokenizer()::piece).toList());
        }
    }

    @Test
    void equalSeedsGiveEqualBytesAndOthersDoNot() throws Exception {
        Path weights = Path.of("model.safetensors");
        assertEquals(-1, Files.mismatch(tiny("a", DataType.F32, 1).resolve(weights),
                tiny("b", DataType.F32, 1).resolve(weights)));
        assertTrue(Files.mismatch(folder.resolve("a").resolve(weights),
                tiny("c", DataType.F32, 2).resolve(weights)) >= 0);
    }

    @Test
    void weightsAreNormalAndGainsOne() {
        try (var model = ModelFolder.open(tiny("a", DataType.F32, 3))) {
            double squares = 0;
            double sum = 0;
            float[] numbers = model.weights().readMatrix("model.layers.0.mlp.up_proj.weight").toArray();
            for (float number : numbers) {
                squares += number * number;
                sum += number;
            }
            // 10,240 numbers: the standard error of the deviation is 0.7 %, that of the mean 0.0002.
            assertEquals(0.02, Math.sqrt(squares / numbers.length), 0.02 * 0.03);
            assertEquals(0, sum / numbers.length, 0.0008);
            for (float gain : model.weights().readMatrix("model.norm.weight").toArray()) {
                assertEquals(1, gain);
            }
        }
    }

    /// Parameter counts as their model cards give them.
    @ParameterizedTest
    @CsvSource({"qwen2.5-0.5b, 494032768", "qwen2.5-1.5b, 1543714304", "smollm2-135m, 134515008",
        "smollm2-360m, 361821120", "tinyllama-1.1b, 1100048384", "llama3.2-1b, 1235814400",
        "gpt2-124m, 124439808"})
    void shapesHaveThePublishedParameters(String key, long parameters) {
        assertEquals(parameters, PublishedShape.named(key).config().tensors().values().stream()
                .mapToLong(shape -> shape.elements()).sum());
    }

    @Test
    void anUnknownShapeNamesTheKnownOnes() {
        var failure = assertThrows(IllegalArgumentException.class, () -> PublishedShape.named("gpt9"));
        assertTrue(failure.getMessage().contains("smollm2-135m"), failure.getMessage());
    }
}
