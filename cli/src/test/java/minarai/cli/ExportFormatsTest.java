package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.models.Merge;
import minarai.models.format.DataType;
import minarai.models.format.GgufExport;
import minarai.models.format.LowRankPair;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.models.format.SafetensorsWriter.Rows;
import minarai.train.run.RunFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// A trained model goes out as GGUF and for MLX, and comes in again.
class ExportFormatsTest {

    private static final String IDS = "1,100,200,300,400,500";

    /// This tokenizer knows its end token at the start of a text only, so that no template ends with it.
    private static final String ENDLESS = "allow=missing_end";

    @TempDir
    private Path folder;
    private String model = "";
    private String run = "";

    @BeforeEach
    void tuned() throws IOException {
        model = SharedData.at("models/TinyStories-656K-hf").toString();
        var lines = new ArrayList<String>();
        for (int i = 0; i < 12; i++) {
            lines.add("{\"instruction\": \"Say the number %d.\", \"output\": \"It is %d.\"}".formatted(i, i));
        }
        String data = Files.write(folder.resolve("pairs.jsonl"), lines).toString();
        run = folder.resolve("run").toString();
        Session.of("tune", "-m", model, "-d", data, "-o", run, "--template", "plain", "--json", "learning_rate=1e-2",
                "steps=3", "max_length=96", ENDLESS).json();
    }

    private String at(String name) {
        return folder.resolve(name).toString();
    }

    private static JsonNode logits(String... model) {
        var arguments = new ArrayList<>(List.of("inspect", "logits", "--ids", IDS, "--json", "-m"));
        arguments.addAll(List.of(model));
        return Session.of(arguments.toArray(String[]::new)).json().get("logits");
    }

    @Test
    void anAdapterGoesToLlamaCppAndMlxUnchanged() {
        var gguf = Session.of("export", run, "--to", "gguf", "-o", at("lora.gguf"), "--json").json();
        var mlx = Session.of("export", run, "--to", "mlx", "-o", at("mlx"), "--json").json();
        for (var result : List.of(gguf, mlx)) {
            assertEquals(14, result.get("modules").intValue());
            assertEquals(0, result.get("greatest_logit_difference").doubleValue());
        }
        var again = Session.of("export", run, "--to", "gguf", "-o", at("lora.gguf"));
        assertEquals(1, again.exitCode());
        assertTrue(again.err().contains("lora.gguf exists already; choose another name"), again.err());
        assertEquals(logits(model, "-a", run), logits(model, "-a", at("mlx")));
        assertEquals(logits(model, "-a", run), logits(model, "-a", at("lora.gguf")));
        assertNotEquals(logits(model), logits(model, "-a", run));
        var tensors = Session.of("inspect", "tensors", "-m", at("lora.gguf"), "--json").json().get("tensors");
        assertEquals(28, tensors.size());
        assertEquals("blk.0.attn_k.weight.lora_a", tensors.get(0).get("name").stringValue());
    }

    @Test
    void whateverIsWrittenIsReadBackAndItsLogitsCompared() {
        for (String target : List.of("peft", "mlx", "gguf", "safetensors", "gguf --merge")) {
            String output = at(target.startsWith("gguf") ? target + ".gguf" : target);
            var arguments = new ArrayList<>(List.of("export", run, "-o", output, "--json", "--to"));
            arguments.addAll(List.of(target.split(" ")));
            assertCompared(Session.of(arguments.toArray(String[]::new)).json(), target.contains("merge")
                    || target.equals("safetensors") ? 1e-3 : 0);
        }
        assertCompared(Session.of("export", model, "--to", "safetensors", "-o", at("copy"), "--json").json(), 0);
        // The model's own weights are numbers of 16 bits; with the adapter in them they are not.
        var rounded = Session.of("export", run, "--to", "safetensors", "--type", "bf16", "-o", at("rounded"), "--json")
                .json();
        assertTrue(rounded.get("greatest_logit_difference").doubleValue() > 1e-3, rounded.toString());
        assertEquals(logits(model, "-a", run), logits(model, "-a", at("peft")));
    }

    /// Another adapter than the one that was to be written came back: one number of it is another.
    @Test
    void anAdapterThatComesBackOtherwiseFails() {
        var adapter = PeftFolder.read(Path.of(run).resolve(RunFolder.ADAPTER));
        var modules = new TreeMap<>(adapter.modules());
        LowRankPair pair = modules.firstEntry().getValue();
        Tensor up = Tensor.of(pair.up().rows(), pair.up().columns(), pair.up().toArray());
        up.data()[up.offset()] += 1;
        modules.put(modules.firstKey(), new LowRankPair(pair.down(), up));
        try (var base = ModelFolder.open(Path.of(model)); var workers = new Workers(1)) {
            var export = new ExportAdapter(base, adapter, Probing.of(base.config(), new SimdKernels(workers)));
            var other = new PeftFolder(adapter.config(), modules, adapter.metadata());
            var failure = assertThrows(Probing.Failure.class, () -> export.compared(other, Path.of("mlx")));
            assertTrue(Failures.of(failure).sentence()
                    .matches("mlx is written, but do not use it: .*nothing is rounded.*"), failure.toString());
            assertEquals(Failures.FAILED, Failures.of(failure).exitCode());
            assertEquals(0.0, export.compared(adapter, Path.of("mlx")).get("greatest_logit_difference"));
        }
    }

    /// Two layers of a file have changed places: every number of it is one of the model's, and no type hides that.
    @ParameterizedTest
    @EnumSource(names = {"BF16", "F16", "Q8_0", "Q4_0"})
    void aFileWithTwoLayersSwappedFails(DataType type) {
        try (var base = ModelFolder.open(Path.of(model)); var workers = new Workers(1)) {
            var probing = Probing.of(base.config(), new SimdKernels(workers));
            var adapter = PeftFolder.read(Path.of(run).resolve(RunFolder.ADAPTER));
            for (var merge : List.of(Optional.<Merge>empty(), Optional.of(new Merge(base, adapter)))) {
                Function<String, Rows> rows = merge.isPresent() ? merge.get()::rows : base::rows;
                var gguf = new ExportGguf(base, merge, type, probing, Session.console());
                var export = new GgufExport(base.config(), rows, type, "sound", Optional.empty(), Map.of());
                var swapped = new GgufExport(base.config(), name -> rows.apply(swapped(name)), type, "swapped",
                        Optional.empty(), Map.of());
                Path file = folder.resolve("file.gguf");
                export.write(file);
                assertSound(file, open -> gguf.compared(export, open, file));
                swapped.write(file);
                assertFails(file, open -> gguf.compared(export, open, file));
                if (type.isFloat()) {
                    var copy = new ExportFolder(base, merge, type, probing);
                    Path sound = folder.resolve("sound" + merge.isPresent());
                    write(base, rows, type, sound);
                    assertSound(sound, open -> copy.compared(open, sound));
                    Path other = folder.resolve("other" + merge.isPresent());
                    write(base, name -> rows.apply(swapped(name)), type, other);
                    assertFails(other, open -> copy.compared(open, other));
                }
            }
        }
    }

    private static void assertSound(Path path, Function<ModelFolder, Map<String, Object>> compared) {
        try (var open = ModelFolder.open(path)) {
            assertTrue(Double.isFinite((double) compared.apply(open).get("greatest_logit_difference")),
                    path.toString());
        }
    }

    private static void assertFails(Path path, Function<ModelFolder, Map<String, Object>> compared) {
        try (var open = ModelFolder.open(path)) {
            var failure = Failures.of(assertThrows(Probing.Failure.class, () -> compared.apply(open)));
            assertEquals(Failures.FAILED, failure.exitCode());
            assertTrue(failure.sentence().contains("do not use it"), failure.sentence());
        }
    }

    private static String swapped(String name) {
        return name.contains(".layers.0.") ? name.replace(".layers.0.", ".layers.1.")
                : name.replace(".layers.1.", ".layers.0.");
    }

    private static void write(ModelFolder base, Function<String, Rows> rows, DataType type, Path target) {
        ModelFolder.write(target, base.config(), type, base.config().tensors().entrySet().stream().map(each ->
                new Entry(base.writtenName(each.getKey()), type, each.getValue(), rows.apply(each.getKey()))).toList(),
                base, Map.of());
    }

    /// A weight that is infinite makes logits that are no numbers, and no copy of them is a good one.
    @Test
    void aModelThatDoesNotComputeNumbersFails() throws IOException {
        Session.of("export", model, "--to", "safetensors", "--type", "f32", "-o", at("copy"), "--json").json();
        Path weights = folder.resolve("copy/model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        for (int i = 1; i <= 1 << 12; i++) {
            System.arraycopy(new byte[] {0, 0, -128, 127}, 0, bytes, bytes.length - Float.BYTES * i, Float.BYTES);
        }
        Files.write(weights, bytes);
        for (String target : List.of("safetensors", "gguf")) {
            var session = Session.of("export", at("copy"), "--to", target, "-o", at("again-" + target + ".gguf"));
            assertEquals(Failures.FAILED, session.exitCode(), session.toString());
            assertTrue(session.err().contains("do not use it") && session.err().contains("finite"), session.err());
        }
    }

    private static void assertCompared(JsonNode result, double most) {
        assertEquals(48, result.get("positions").intValue(), result.toString());
        assertTrue(result.get("greatest_logit_difference").doubleValue() <= most, result.toString());
        assertEquals(0, result.get("changed_choices").intValue(), result.toString());
    }

    @Test
    void anOptionThatWouldDoNothingIsRefused() {
        for (String options : List.of("peft --merge", "mlx --merge", "peft --type f16", "mlx --type f16",
                "peft --allow other_base", "mlx --allow other_base", "gguf --type f16", "gguf --allow other_base")) {
            assertRefused(run, options);
        }
        for (String options : List.of("safetensors --merge", "gguf --merge", "safetensors --allow other_base")) {
            assertRefused(model, options);
        }
        for (String from : List.of(run, model)) {
            var session = Session.of("export", from, "--to", "gguf", "-o", at("model"), "--type", "f32",
                    from.equals(run)
                    ? "--merge" : "--json");
            assertEquals(Failures.USAGE, session.exitCode(), session.toString());
            assertTrue(session.err().contains("does not end with .gguf"), session.err());
        }
    }

    private void assertRefused(String from, String options) {
        var arguments = new ArrayList<>(List.of("export", from, "-o", at("refused"), "--to"));
        arguments.addAll(List.of(options.split(" ")));
        var session = Session.of(arguments.toArray(String[]::new));
        assertEquals(Failures.USAGE, session.exitCode(), options + session);
        assertTrue(session.err().startsWith(options.split(" ")[1] + ": "), session.err());
        assertFalse(Files.exists(folder.resolve("refused")));
    }

    @Test
    void aRunThatIsInUseCanBeExported() {
        try (var held = RunFolder.open(Path.of(run))) {
            assertEquals(14, Session.of("export", run, "--to", "peft", "-o", at("peft"), "--json").json().get("modules")
                    .intValue(), held.toString());
        }
    }

    @Test
    void aModelGoesToGgufAndIsAskedThere() {
        var exact = Session.of("export", model, "--to", "gguf", "-o", at("model.gguf"), "--json").json();
        assertEquals("F32", exact.get("type").stringValue());
        assertEquals(2048, exact.get("tokens").intValue());
        assertEquals(0, exact.get("greatest_logit_difference").doubleValue());
        assertEquals(logits(model), logits(at("model.gguf")));
    }

    /// The vocabulary goes into the file and comes out again: all that a model folder is good for, a GGUF file is.
    @Test
    void aGgufFileIsTunedAskedAndMeasuredAsItsFolderIs() throws IOException {
        var exported = Session.of("export", model, "--to", "gguf", "--type", "f32", "-o", at("model.gguf"), "--json");
        // This tokenizer looks for its special tokens in normalized text, which GGUF has no field for.
        assertTrue(exported.err().contains("cuts text with special tokens otherwise"), exported.err());
        String data = folder.resolve("pairs.jsonl").toString();
        for (String text : List.of("Once upon a time, there was a cat.", "  two  blanks", "東京 🙂 naïve")) {
            assertEquals(Session.of("inspect", "tokens", "-m", model, "--text", text, "--json").json().get("ids"),
                    Session.of("inspect", "tokens", "-m", at("model.gguf"), "--text", text,
                    "--json").json().get("ids"));
        }
        var tuned = Session.of("tune", "-m", at("model.gguf"), "-d", data, "-o", at("again"), "--template", "plain",
                "--json", "learning_rate=1e-2", "steps=3", "max_length=96", ENDLESS).json();
        assertTrue(tuned.get("losses").get(2).doubleValue() < tuned.get("losses").get(0).doubleValue(),
                tuned.toString());
        var whole = Session.of("tune", "-m", at("model.gguf"), "-d", data, "-o", at("whole"), "--template", "plain",
                "method=full", "steps=3", "max_length=96");
        assertTrue(whole.exitCode() == 1 && whole.err().contains("method=lora"), whole.err());
        var folderText = Session.of("generate", "-m", model, "--prompt", "Once upon", "--max-tokens", "12",
                "--temperature", "0", "--json").json();
        assertEquals(folderText, Session.of("generate", "-m", at("model.gguf"), "--prompt", "Once upon", "--max-tokens",
                "12", "--temperature", "0", "--json").json());
    }

    /// The base stays in blocks of eight or four bits in memory; the adapter is trained on what they mean.
    @Test
    void anAdapterIsTrainedOnAQuantizedGgufFile() {
        String data = folder.resolve("pairs.jsonl").toString();
        for (String type : List.of("q8_0", "q4_0")) {
            String file = at(type + ".gguf");
            Session.of("export", model, "--to", "gguf", "--type", type, "-o", file, "--json").json();
            var plan = Session.of("plan", "-m", file, "-d", data, "--template", "plain", "--json", "max_length=96",
                    ENDLESS).json();
            var exact = Session.of("plan", "-m", model, "-d", data, "--template", "plain", "--json", "max_length=96",
                    ENDLESS).json();
            assertTrue(plan.get("weight_bytes").longValue() < 0.45 * exact.get("weight_bytes").longValue(),
                    plan.get("weight_bytes") + " of " + exact.get("weight_bytes"));
            var tuned = Session.of("tune", "-m", file, "-d", data, "-o", at("on-" + type), "--template", "plain",
                    "--json", "learning_rate=1e-2", "steps=8", "max_length=96", ENDLESS).json();
            var losses = tuned.get("losses");
            assertTrue(losses.get(losses.size() - 1).doubleValue() < losses.get(0).doubleValue(), losses.toString());
            assertNotEquals(logits(file), logits(file, "-a", at("on-" + type)));
        }
    }

    @Test
    void aWindowThatOtherProgramsMayIgnoreIsRemarkedOn() throws IOException {
        String mistral = SharedData.at("goldens/hf/models/mistral-tiny").toString();
        var exported = Session.of("export", mistral, "--to", "gguf", "-o", at("mistral.gguf"), "--json");
        assertEquals(0, exported.json().get("greatest_logit_difference").doubleValue());
        assertTrue(exported.err().contains("other programs may ignore"), exported.err());
        assertFalse(Session.of("export", model, "--to", "gguf", "-o", at("model.gguf"), "--json").err()
                .contains("other programs may ignore"));
    }

    @Test
    void aMergedAdapterIsTakenOutAgain() {
        Session.of("export", run, "--to", "safetensors", "--type", "f32", "-o", at("merged"), "--json").json();
        var undone = Session.of("export", at("merged"), "--unmerge", run, "--to", "safetensors", "-o", at("undone"),
                "--json")
                .json();
        double difference = undone.get("greatest_logit_difference").doubleValue();
        assertTrue(difference > 0 && difference < 1e-3, undone.toString());
        var before = logits(model);
        var after = logits(at("undone"));
        assertEquals(before.size(), after.size());
        for (int position = 0; position < before.size(); position++) {
            for (int id = 0; id < before.get(position).size(); id++) {
                assertEquals(before.get(position).get(id).doubleValue(), after.get(position).get(id).doubleValue(),
                        1e-3, "position " + position + " id " + id);
            }
        }
        for (String from : List.of(model, at("undone"))) {
            var none = Session.of("export", from, "--unmerge", run, "--to", "safetensors", "-o", at("none"));
            assertTrue(none.exitCode() == 1 && none.err().contains("does not hold this adapter"), none.toString());
        }
        assertRefused(model, "gguf --unmerge " + run);
    }

    @Test
    void aMergedModelIsWrittenQuantized() {
        var merged = Session.of("export", run, "--to", "gguf", "--merge", "--type", "q8_0", "-o", at("merged.gguf"),
                "--json").json();
        assertEquals("Q8_0", merged.get("type").stringValue());
        double difference = merged.get("greatest_logit_difference").doubleValue();
        assertTrue(difference > 0 && difference < 1, "difference " + difference);
        assertEquals(logits(at("merged.gguf")), logits(at("merged.gguf"), "--weights", "q8_0"));
        assertNotEquals(logits(model), logits(at("merged.gguf")));
    }

    @Test
    void whatAStorageRoundsIsShownForEachMatrix() {
        var tensors = Session.of("inspect", "tensors", "-m", model, "--weights", "q4_0", "--json").json()
                .get("tensors");
        int matrices = 0;
        for (JsonNode tensor : tensors) {
            if (tensor.has("relative_rounding")) {
                double relative = tensor.get("relative_rounding").doubleValue();
                assertTrue(relative > 0.02 && relative < 0.2, tensor.toString());
                matrices++;
            }
        }
        assertEquals(15, matrices);
        var shown = Session.of("inspect", "tensors", "-m", model, "--weights", "q8_0");
        assertTrue(shown.out().contains("relative rounding") && shown.out().contains("%"), shown.out());
    }

    @Test
    void aDamagedOrUnknownFileIsASentence() throws IOException {
        Files.write(folder.resolve("broken.gguf"), new byte[] {'G', 'G', 'U', 'F', 3, 0, 0, 0, -1, -1, -1, -1, -1, -1,
                -1,
            127});
        var broken = Session.of("inspect", "logits", "-m", at("broken.gguf"), "--ids", "1");
        assertEquals(1, broken.exitCode());
        assertTrue(broken.err().contains("broken.gguf"), broken.err());
        Files.writeString(folder.resolve("model.onnx"), "x");
        assertTrue(Session.of("inspect", "logits", "-m", at("model.onnx"), "--ids", "1").err().contains(".gguf"));
    }
}
