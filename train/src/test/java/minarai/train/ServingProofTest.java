package minarai.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import minarai.engine.Tensor;
import minarai.models.Merge;
import minarai.models.ModelSource;
import minarai.models.format.DataType;
import minarai.models.format.LowRankPair;
import minarai.models.format.PeftFolder;
import minarai.train.run.AtomicFiles;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is read back is compared with what was trained, and one bit is enough to fail.
class ServingProofTest {

    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 31, 9, 0);

    @TempDir
    private Path folder;
    private Path run = Path.of("");

    @FunctionalInterface
    private interface Change {
        void make() throws IOException;
    }

    /// Trains, changes something on the disk, and asks for the proof.
    private ServingProof after(String method, Change change) throws IOException {
        return after(method, change, (base, adapter, target) -> new Merge(base, adapter).write(target, DataType.F32));
    }

    private ServingProof after(String method, Change change, ServingProof.Merging merging) throws IOException {
        return after(Map.of("steps", 2, "method", method), change, merging);
    }

    private ServingProof after(Map<String, Object> recipe, Change change, ServingProof.Merging merging)
            throws IOException {
        run = folder.resolve("run-" + recipe.get("method"));
        var tiny = TinyRun.in(folder, recipe);
        try (var source = tiny.source()) {
            var tuning = tiny.tuning(source);
            var record = new RunRecord(tuning.lessons().resolved().toMap(), 1, Map.of(),
                    Map.of("numerics", "1"), List.of());
            try (var held = RunFolder.create(run, record)) {
                tuning.run(held, Progress.none());
            }
            change.make();
            return ServingProof.of(model -> ModelSource.open(model, Optional.empty(), NOW),
                    tuning, run, tiny.model(), TinyRun.KERNELS, merging);
        }
    }

    private static void flip(Path file, int fromEnd) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - fromEnd] ^= 1;
        Files.write(file, bytes);
    }

    private static void assertFails(ServingProof proof, String what) {
        assertTrue(proof.differences().stream().anyMatch(difference -> difference.contains(what)),
                proof.differences().toString());
        String message = assertThrows(ServingProof.Failure.class, proof::require).getMessage();
        assertTrue(message.contains(what), message);
    }

    @Test
    void whatIsSoundIsProvedAndNothingIsLeft() throws IOException {
        var proof = after("lora", () -> { });
        assertEquals(List.of(), proof.differences());
        proof.require();
        assertTrue(proof.merged().isPresent(), proof.toString());
        try (var inside = Files.list(run)) {
            assertFalse(inside.anyMatch(path -> path.toString().endsWith(".part")));
        }
        var full = after("full", () -> { });
        assertEquals(List.of(), full.differences());
    }

    @Test
    void anAdapterWithAnotherBitFails() throws IOException {
        var proof = after("lora", () -> flip(run.resolve("adapter/adapter_model.safetensors"), 3));
        assertFails(proof, "are not the trained ones");
        assertFails(proof, "the logits of probe 1 are not the same bits");
    }

    /// All else is sound; what was merged is the adapter with the opposite sign, or one that is larger by a hundredth.
    /// A base that was rounded for training explains neither.
    @ParameterizedTest
    @ValueSource(strings = {"f32", "q8_0"})
    void aMergeThatIsWrongFails(String weights) throws IOException {
        for (float factor : new float[] {1, -1, 1.01f}) {
            var recipe = Map.<String, Object>of("steps", 2, "method", "lora", "weights", weights);
            var proof = after(recipe, () -> { }, (base, adapter, target) -> {
                var modules = new TreeMap<String, LowRankPair>();
                adapter.modules().forEach((path, pair) -> {
                    Tensor up = Tensor.of(pair.up().rows(), pair.up().columns(), pair.up().toArray());
                    for (int i = 0; i < up.size(); i++) {
                        up.data()[up.offset() + i] *= factor;
                    }
                    modules.put(path, new LowRankPair(pair.down(), up));
                });
                new Merge(base, new PeftFolder(adapter.config(), modules, adapter.metadata())).write(target,
                        DataType.F32);
            });
            if (factor == 1) {
                assertEquals(List.of(), proof.differences());
            } else {
                assertFails(proof, "with the adapter merged into the base, logits differ by");
                assertEquals(1, proof.differences().size());
            }
            try (var inside = Files.list(run)) {
                assertFalse(inside.anyMatch(path -> path.toString().endsWith(".part")));
            }
            run = folder.resolve("run-lora");
            AtomicFiles.removeFolder(run);
        }
    }

    @Test
    void aModelWithAnotherBitFails() throws IOException {
        assertFails(after("full", () -> flip(run.resolve("model/model.safetensors"), 3)), "are not the same bits");
    }

    @Test
    void aTemplateThatWasExchangedMeanwhileFails() throws IOException {
        assertFails(after("lora", () -> {
            Path template = folder.resolve("base/chat_template.jinja");
            Files.writeString(template, Files.readString(template).replace("A:", "B:"));
        }), "has other token ids");
    }
}
