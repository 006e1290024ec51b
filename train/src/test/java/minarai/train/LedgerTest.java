package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.ReferenceKernels;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.models.format.DataType;
import minarai.models.format.SafetensorsFile;
import minarai.models.format.SafetensorsWriter;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;
import minarai.train.run.RunFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a run puts on record, checked by means of its own, and that no bit of it can change unseen.
class LedgerTest {

    private static final String HASH = ",\"hash\":\"";

    @TempDir
    private Path folder;
    private TinyRun tiny = new TinyRun(Path.of(""), Path.of(""), Recipe.defaults());
    private Path run = Path.of("");

    @BeforeEach
    void aShortRun() {
        run = folder.resolve("run");
        tiny = TinyRun.in(folder, Map.of("steps", 4, "validation_share", 0.2, "checkpoint_steps", 2));
        tiny.tune(run);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String member(String line, String key) {
        String start = "\"" + key + "\":\"";
        int from = line.indexOf(start) + start.length();
        return line.substring(from, line.indexOf('"', from));
    }

    private List<String> lines() throws IOException {
        return Files.readAllLines(run.resolve("ledger.jsonl"));
    }

    @Test
    void theChainCanBeFollowedByHand() throws IOException {
        String previous = sha256(Files.readAllBytes(run.resolve("run.json")));
        for (String line : lines()) {
            assertEquals(previous, member(line, "previous"));
            String without = line.substring(0, line.lastIndexOf(HASH)) + "}\n";
            assertEquals(sha256(without), member(line, "hash"), "sed 's/,\"hash\":\"[0-9a-f]*\"}$/}/' | sha256sum");
            previous = member(line, "hash");
        }
        assertEquals(List.of("opening", "validation", "step", "step", "checkpoint", "step", "step", "validation",
                "checkpoint", "closing"), lines().stream().map(line -> member(line, "kind")).toList());
    }

    @Test
    void aStepSaysWhatWentIn() throws IOException {
        String line = lines().get(2);
        try (var source = tiny.source()) {
            var lessons = tiny.tuning(source).lessons();
            var tokens = new ByteArrayOutputStream();
            var targets = new ByteArrayOutputStream();
            var samples = lessons.batches(1).stream().flatMap(batch -> batch.samples().stream()).toList();
            int labels = 0;
            for (Sample sample : samples) {
                int count = sample.ids().length;
                tokens.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(count).array());
                targets.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(count).array());
                for (int i = 0; i < count; i++) {
                    tokens.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(sample.ids()[i])
                            .array());
                    targets.write(sample.isTarget()[i] ? 1 : 0);
                    labels += sample.isTarget()[i] ? 1 : 0;
                }
            }
            assertEquals(sha256(tokens.toByteArray()), member(line, "tokens"));
            assertEquals(sha256(targets.toByteArray()), member(line, "targets"));
            assertTrue(line.contains(",\"labels\":" + labels + ",\"loss\":"), line);
            assertTrue(line.contains("\"samples\":[\"" + samples.getFirst().id().replace("\"", "\\\"") + "\","), line);
        }
        double loss = Double.longBitsToDouble(HexFormat.fromHexDigitsToLong(member(line, "loss_bits")));
        assertTrue(line.contains("\"loss\":" + loss + ","), line);
    }

    @Test
    void theClosingVouchesForTheResult() throws IOException {
        String closing = lines().getLast();
        for (String file : List.of("adapter/adapter_config.json", "adapter/adapter_model.safetensors")) {
            assertEquals(sha256(Files.readAllBytes(run.resolve(file))), member(closing, file));
        }
        assertEquals(member(lines().get(6), "parameters"), member(closing, "parameters"));
        assertEquals(sha256(Files.readAllBytes(run.resolve("checkpoints/step-000002.safetensors"))),
                member(lines().get(4), "sha256"));
    }

    @Test
    void aFlippedBitInAnyByteOfTheLedgerIsFoundAndItsLineNamed() throws IOException {
        Path file = run.resolve("ledger.jsonl");
        byte[] bytes = Files.readAllBytes(file);
        int line = 1;
        for (int i = 0; i < bytes.length; i++) {
            byte[] flipped = bytes.clone();
            flipped[i] ^= (byte) (1 << i % 8);
            Files.write(file, flipped);
            String message = assertThrows(LedgerDamage.class, () -> Ledger.read(run), "byte " + i).getMessage();
            assertTrue(message.contains("ledger.jsonl:" + line + ": "), "byte " + i + " of line " + line + ": "
                    + message);
            line += bytes[i] == '\n' ? 1 : 0;
        }
        Files.write(file, bytes);
        assertEquals(10, Ledger.read(run).lines().size());
    }

    @Test
    void aFlippedBitInAnyByteOfTheRecordIsFound() throws IOException {
        Path file = run.resolve("run.json");
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < bytes.length; i++) {
            byte[] flipped = bytes.clone();
            flipped[i] ^= (byte) (1 << i % 8);
            Files.write(file, flipped);
            String message = assertThrows(LedgerDamage.class, () -> Ledger.read(run), "byte " + i).getMessage();
            assertTrue(message.contains("run.json"), message);
        }
    }

    @Test
    void aFlippedBitInACheckpointOrTheResultIsFoundAndTheFileNamed() throws IOException {
        var random = new Philox(11, 4);
        Ledger ledger = Ledger.read(run);
        Replay.verifyFiles(run, ledger);
        for (String name : List.of("checkpoints/step-000002.safetensors", "checkpoints/step-000004.safetensors",
                "adapter/adapter_model.safetensors", "adapter/adapter_config.json")) {
            Path file = run.resolve(name);
            byte[] bytes = Files.readAllBytes(file);
            for (int i = 0; i < 40; i++) {
                byte[] flipped = bytes.clone();
                int at = (int) (random.uniform(0, i) * bytes.length);
                flipped[at] ^= (byte) (1 << i % 8);
                Files.write(file, flipped);
                String message = assertThrows(LedgerDamage.class, () -> Replay.verifyFiles(run, ledger),
                        name + " byte " + at).getMessage();
                assertTrue(message.contains(file.getFileName().toString()), message);
            }
            Files.write(file, bytes);
        }
    }

    @Test
    void linesThatFitTheChainButNotTheFormAreRefused() throws IOException {
        List<String> good = lines();
        falsify(good, 2, line -> line.replace(",\"labels\":", ",\"extra\":1,\"labels\":"));
        assertTrue(assertThrows(LedgerDamage.class, () -> Ledger.read(run)).getMessage()
                .contains("a key that is unknown"));
        falsify(good, 2, line -> line.replace("\"step\":1,", "\"step\":2,"));
        assertTrue(assertThrows(LedgerDamage.class, () -> Ledger.read(run)).getMessage().contains("reach step 0"));
        falsify(good, 2, line -> line.replace("\"loss\":", "\"loss\": "));
        assertTrue(assertThrows(LedgerDamage.class, () -> Ledger.read(run)).getMessage().contains("form of a ledger"));
        falsify(good, 1, line -> line.replace("validation", "vacation"));
        assertTrue(assertThrows(LedgerDamage.class, () -> Ledger.read(run)).getMessage().contains("kind vacation"));
        var missing = new ArrayList<>(good);
        missing.remove(3);
        Files.write(run.resolve("ledger.jsonl"), missing);
        assertTrue(assertThrows(LedgerDamage.class, () -> Ledger.read(run)).getMessage().contains("ledger.jsonl:4"));
    }

    /// A kill leaves a line without its line feed, never with another byte there.
    @Test
    void aLastLineFeedThatIsAnotherByteIsDamageAndAMissingOneIsNot() throws IOException {
        Path file = run.resolve("ledger.jsonl");
        byte[] unfinished = (String.join("\n", lines().subList(0, 6)) + "\n").getBytes(StandardCharsets.UTF_8);
        for (int bit = 0; bit < 8; bit++) {
            for (String behind : List.of("", "{\"previous\":\"")) {
                byte[] flipped = unfinished.clone();
                flipped[flipped.length - 1] ^= (byte) (1 << bit);
                Files.write(file, flipped);
                Files.writeString(file, behind, StandardOpenOption.APPEND);
                byte[] before = Files.readAllBytes(file);
                String message = assertThrows(LedgerDamage.class, this::reopened).getMessage();
                assertTrue(message.contains("ledger.jsonl:6: the line is whole, but another byte"), message);
                assertArrayEquals(before, Files.readAllBytes(file), "nothing is removed");
            }
        }
        int last = new String(unfinished, 0, unfinished.length - 1, StandardCharsets.ISO_8859_1).lastIndexOf('\n') + 1;
        for (int size = last; size <= unfinished.length; size++) {
            Files.write(file, Arrays.copyOf(unfinished, size));
            assertEquals(size == unfinished.length ? 6 : 5, reopened().lines().size());
            assertEquals(size == unfinished.length ? size : last, Files.size(file));
        }
    }

    private Ledger reopened() {
        try (var held = RunFolder.open(run); var writer = held.ledger()) {
            return writer.before();
        }
    }

    @Test
    void aFalseLossIsFoundByTakingTheStepAgain() throws IOException {
        List<String> good = lines();
        falsify(good, 5, line -> {
            String bits = member(line, "loss_bits");
            double loss = Math.nextUp(Double.longBitsToDouble(HexFormat.fromHexDigitsToLong(bits)));
            return line.replaceFirst("\"loss\":[^,]*,", "\"loss\":" + loss + ",")
                    .replace(bits, "%016x".formatted(Double.doubleToRawLongBits(loss)));
        });
        Replay.Verdict verdict = replay(1, 4);
        assertEquals(3, verdict.difference().orElseThrow().step());
        String what = verdict.difference().orElseThrow().what();
        assertTrue(what.startsWith("the loss: recorded as ") && what.contains("so the line is wrong, not the weights"),
                what);
        assertTrue(replay(1, 2).isVerified());
        assertEquals(new Replay.Verdict(2, 1, true, List.of(), verdict.difference()), replay(4, 4),
                "from the checkpoint of step 2");
    }

    @Test
    void aFalseCheckpointIsFoundAndItsTensorNamed() throws IOException {
        Path file = run.resolve("checkpoints/step-000004.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 3] ^= 1;
        Files.write(file, bytes);
        falsify(lines(), 8, line -> line.replace(member(line, "sha256"), sha256(bytes)));
        falsify(lines(), 6, line -> line.replace(member(line, "parameters"), sha256("other")));
        Replay.verifyFiles(run, Ledger.read(run));
        String what = replay(1, 4).difference().orElseThrow().what();
        assertTrue(what.startsWith("the parameters: recorded as ") && what.contains(
                "in the checkpoint of step 4 the first tensor that differs is model.layers.0."), what);
    }

    @Test
    void aReplayVerifiesAnyStretch() throws IOException {
        assertEquals(new Replay.Verdict(0, 4, true, List.of(), Optional.empty()), replay(1, 4));
        assertEquals(new Replay.Verdict(2, 1, true, List.of(), Optional.empty()), replay(3, 3));
        assertThrows(IllegalArgumentException.class, () -> replay(3, 5));
        byte[] ledger = Files.readAllBytes(run.resolve("ledger.jsonl"));
        replay(1, 4);
        assertArrayEquals(ledger, Files.readAllBytes(run.resolve("ledger.jsonl")));
    }

    @Test
    void aCheckpointThatIsGoneIsToldWhereTheRecipeKeepsIt() throws IOException {
        Files.delete(run.resolve("checkpoints/step-000002.safetensors"));
        assertEquals(new Replay.Verdict(0, 4, true, List.of(2), Optional.empty()), replay(3, 4));
        run = folder.resolve("latest");
        tiny = TinyRun.in(folder, Map.of("steps", 4, "checkpoint_steps", 2, "keep_checkpoints", "latest"));
        tiny.tune(run);
        assertFalse(Files.exists(run.resolve("checkpoints/step-000002.safetensors")));
        assertEquals(List.of(), replay(1, 4).missing());
        Files.delete(run.resolve("checkpoints/step-000004.safetensors"));
        assertEquals(List.of(4), replay(1, 1).missing());
    }

    @Test
    void whatIsOnRecordOfACheckpointThatIsGoneIsComparedToo() throws IOException {
        Files.delete(run.resolve("checkpoints/step-000002.safetensors"));
        List<String> sound = lines();
        int saved = IntStream.range(0, sound.size()).filter(i -> sound.get(i).contains("\"kind\":\"checkpoint\""))
                .findFirst().orElseThrow();
        falsify(sound, saved, line -> line.replace(member(line, "sha256"), sha256("other")));
        assertTrue(replay(1, 4).difference().orElseThrow().what().startsWith("the checkpoint's bytes"),
                replay(1, 4).toString());
        falsify(sound, saved, line -> line.replace("step-000002", "step-000003"));
        assertEquals(2, replay(1, 4).difference().orElseThrow().step());
        var less = new ArrayList<>(sound);
        less.remove(saved);
        falsify(less, -1, line -> line);
        assertTrue(replay(1, 4).difference().orElseThrow().what().contains("0 checkpoint lines"),
                replay(1, 4).toString());
        falsify(sound, -1, line -> line);
        assertTrue(replay(1, 4).isVerified());
    }

    /// The line of a checkpoint is written after the next step was computed.
    @Test
    void aRunThatWasKilledBeforeTheLineOfItsCheckpointIsSound() throws IOException {
        List<String> lines = lines();
        int last = IntStream.range(0, lines.size()).filter(i -> lines.get(i).contains("\"kind\":\"step\",\"step\":2,"))
                .findFirst().orElseThrow();
        Files.write(run.resolve("ledger.jsonl"), lines.subList(0, last + 1));
        assertTrue(replay(1, 2).isVerified(), replay(1, 2).toString());
    }

    /// Of so many numbers the line of a step vouches for a part only.
    @Test
    void anEarlierStepThatWasKeptIsComparedToItsLastNumber() throws IOException {
        Path large = Files.createDirectory(folder.resolve("large"));
        tiny = TinyRun.wide(large, Map.of("method", "full", "epochs", 4, "batch_size", 6, "validation_share", 0.2,
                "patience", 1, "checkpoint_steps", 0, "learning_rate", 0.002));
        run = large.resolve("run");
        int kept = tiny.tune(run).bestStep();
        assertTrue(kept > 0 && kept < Ledger.read(run).steps(), "kept " + kept);
        assertTrue(replay(1, Ledger.read(run).steps()).isVerified());
        turnSignOfUncoveredNumber(kept);
        Replay.verifyFiles(run, Ledger.read(run));
        String what = replay(1, Ledger.read(run).steps()).difference().orElseThrow().what();
        assertTrue(what.startsWith("the parameters that were kept"), what);
    }

    private void turnSignOfUncoveredNumber(int step) throws IOException {
        Path file = run.resolve("model/model.safetensors");
        var entries = new ArrayList<SafetensorsWriter.Entry>();
        var parameters = new ArrayList<Parameter>();
        try (var source = tiny.source(); var stored = SafetensorsFile.open(file)) {
            int uncovered = step * ParameterHash.LEAVES_OF_STEP;
            int leaves = 0;
            for (Parameter each : tiny.tuning(source).trained()) {
                leaves += Math.ceilDiv(each.tensor().size(), ParameterHash.LEAF);
                parameters.add(Parameter.trained(each.name(), stored.readMatrix(each.name())));
            }
            assertTrue(leaves > ParameterHash.LEAVES_OF_STEP, "leaves " + leaves);
            int leaf = uncovered % leaves;
            for (Parameter each : parameters) {
                Tensor value = each.tensor();
                int own = Math.ceilDiv(value.size(), ParameterHash.LEAF);
                if (leaf >= 0 && leaf < own) {
                    value.data()[value.offset() + leaf * ParameterHash.LEAF] *= -1;
                }
                leaf -= own;
                entries.add(stored.find(each.name()).orElseThrow().shape().sizes().size() == 1
                        ? SafetensorsWriter.Entry.vector(each.name(), DataType.F32, value)
                        : SafetensorsWriter.Entry.matrix(each.name(), DataType.F32, value));
            }
            SafetensorsWriter.write(file, entries, stored.metadata());
        }
        String found = ParameterHash.of(parameters, TinyRun.KERNELS);
        byte[] bytes = Files.readAllBytes(file);
        falsify(lines(), lines().size() - 1, line -> line.replace(member(line, "parameters"), found)
                .replace(member(line, "model/model.safetensors"), sha256(bytes)));
    }

    @Test
    void anAdapterThatIsNotWhatWasTrainedIsFoundThoughItsHashIsOnRecord() throws IOException {
        Path file = run.resolve("adapter/adapter_model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 3] ^= 1;
        Files.write(file, bytes);
        falsify(lines(), 9, line -> line.replace(member(line, "adapter/adapter_model.safetensors"), sha256(bytes)));
        Replay.verifyFiles(run, Ledger.read(run));
        String what = replay(3, 4).difference().orElseThrow().what();
        assertTrue(what.startsWith("in the result's files, the parameters that were kept"), what);
    }

    @Test
    void aResultWhoseSettingsAreNotThoseOfTheRunIsFoundThoughItsHashIsOnRecord() throws IOException {
        Path file = run.resolve("adapter/adapter_config.json");
        byte[] bytes = Files.readString(file).replaceFirst("(\"lora_alpha\"\\s*:\\s*)\\d", "$19")
                .getBytes(StandardCharsets.UTF_8);
        assertFalse(Arrays.equals(bytes, Files.readAllBytes(file)));
        Files.write(file, bytes);
        falsify(lines(), 9, line -> line.replace(member(line, "adapter/adapter_config.json"), sha256(bytes)));
        Replay.verifyFiles(run, Ledger.read(run));
        String what = replay(1, 4).difference().orElseThrow().what();
        assertTrue(what.contains("adapter_config.json is not the file that these steps give"), what);
    }

    @Test
    void aResultThatNoLineVouchesForIsFound() throws IOException {
        Files.writeString(run.resolve("adapter/more.json"), "{}");
        var added = assertThrows(LedgerDamage.class, () -> Replay.verifyFiles(run, Ledger.read(run)));
        assertTrue(added.getMessage().contains("more.json: the run did not end with it"), added.getMessage());
        Files.delete(run.resolve("adapter/more.json"));
        var lines = lines();
        Files.write(run.resolve("ledger.jsonl"), lines.subList(0, lines.size() - 1));
        var cut = assertThrows(LedgerDamage.class, () -> Replay.verifyFiles(run, Ledger.read(run)));
        assertTrue(cut.getMessage().contains("no closing line that vouches for it"), cut.getMessage());
    }

    @Test
    void aLineThatNoStepGivesIsFound() throws IOException {
        var lines = new ArrayList<>(lines());
        int validation = IntStream.range(2, lines.size()).filter(i -> lines.get(i).contains("\"kind\":\"validation\""))
                .findFirst().orElseThrow();
        lines.add(validation, lines.get(validation));
        falsify(lines, -1, line -> line);
        String what = replay(1, 4).difference().orElseThrow().what();
        assertTrue(what.contains("but the ledger has 1 step, 2 validation and 1 checkpoint lines"), what);
    }

    private Replay.Verdict replay(int first, int last) {
        try (var source = tiny.source()) {
            return new Replay(tiny.tuning(source), run, Ledger.read(run)).run(first, last,
                    Progress.none());
        }
    }

    @FunctionalInterface
    private interface Change {
        String of(String line);
    }

    /// Changes a line and makes the chain good again, as one would who wants to deceive.
    private void falsify(List<String> lines, int index, Change change) throws IOException {
        String previous = sha256(Files.readAllBytes(run.resolve("run.json")));
        var chained = new ArrayList<String>();
        for (int i = 0; i < lines.size(); i++) {
            String line = i == index ? change.of(lines.get(i)) : lines.get(i);
            String without = line.substring(0, line.lastIndexOf(HASH)).replace(member(line, "previous"), previous);
            previous = sha256(without + "}\n");
            chained.add(without + HASH + previous + "\"}");
        }
        Files.write(run.resolve("ledger.jsonl"), chained);
    }

    @Test
    void theHashOfAStepWalksThroughALargeModel() {
        List<Parameter> parameters = IntStream.range(0, 800)
                .mapToObj(i -> Parameter.trained("p" + i, Tensor.of(1, 1, i))).toList();
        var kernels = new ReferenceKernels();
        assertEquals(ParameterHash.of(parameters.subList(0, 768), kernels),
                ParameterHash.ofStep(parameters, kernels, 1));
        assertEquals(ParameterHash.of(Stream.concat(parameters.subList(768, 800).stream(),
                        parameters.subList(0, 736).stream()).toList(), kernels),
                ParameterHash.ofStep(parameters, kernels, 2));
        assertEquals(ParameterHash.of(parameters.subList(0, 768), kernels),
                ParameterHash.ofStep(parameters.subList(0, 768), kernels, Integer.MAX_VALUE));
        assertDoesNotThrow(() -> ParameterHash.ofStep(parameters, kernels, Integer.MAX_VALUE));
    }

    @Test
    void theParameterHashIsTheHashOfAListThatAnyoneCanMake() {
        Tensor large = Tensor.zeros(3, 9000);
        new Philox(1, 1).fillNormal(0, 1, large);
        var parameters = List.of(Parameter.trained("large", large),
                Parameter.trained("small", Tensor.of(1, 2, 5, -0f)));
        var list = new StringBuilder();
        for (Parameter parameter : parameters) {
            float[] numbers = parameter.tensor().toArray();
            for (int first = 0; first < numbers.length; first += 16_384) {
                int size = Math.min(16_384, numbers.length - first);
                var bytes = ByteBuffer.allocate(4 * size).order(ByteOrder.LITTLE_ENDIAN);
                bytes.asFloatBuffer().put(numbers, first, size);
                list.append("%s  %s %dx%d %d\n".formatted(sha256(bytes.array()), parameter.name(),
                        parameter.value().rows(), parameter.value().columns(), first));
            }
        }
        assertEquals(sha256(list.toString()), ParameterHash.of(parameters, TinyRun.KERNELS));
        assertEquals(sha256(list.toString()), ParameterHash.of(parameters, new ReferenceKernels()));
        try (var three = new Workers(3)) {
            assertEquals(sha256(list.toString()), ParameterHash.of(parameters, new SimdKernels(three)));
        }
    }

    @Test
    void whatALedgerKnowsCanBeAsked() {
        Ledger ledger = Ledger.read(run);
        assertEquals(4, ledger.steps());
        String sample = ledger.step(3).orElseThrow().samples().getFirst();
        int first = ledger.firstStepWith(sample).orElseThrow();
        assertTrue(first <= 3 && ledger.step(first).orElseThrow().samples().contains(sample));
        assertEquals(List.of(2, 4), ledger.checkpoints().stream().map(LedgerLine.Saved::step).toList());
        assertEquals(List.of(0), ledger.validations(3).stream().map(LedgerLine.Validation::step).toList());
        assertTrue(ledger.step(5).isEmpty() && ledger.firstStepWith("nobody").isEmpty());
    }
}
