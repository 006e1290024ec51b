package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.models.ModelSource;
import minarai.train.Lessons;
import minarai.train.Recipe;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The main job, end to end, on a small real model and pairs that people wrote.
class TuningTest {

    private static final String NOW = "2026-01-31T09:00:00";

    @TempDir
    private Path folder;
    private String model = "";
    private String template = "";
    private String data = "";

    @BeforeEach
    void pairs() throws IOException {
        model = SharedData.at(SharedData.STORIES).toString();
        template = Files.writeString(folder.resolve("chat.jinja"), SharedData.TEMPLATE).toString();
        var mapper = JsonMapper.builder().build();
        var lines = new ArrayList<String>();
        for (String line : Files.readAllLines(SharedData.at("instruct/self-instruct/seed_tasks.jsonl"))) {
            JsonNode task = mapper.readTree(line);
            JsonNode instance = task.get("instances").get(0);
            String output = instance.get("output").asString();
            if (instance.get("input").asString().isEmpty() && output.length() < 300 && lines.size() < 12) {
                lines.add(mapper.writeValueAsString(Map.of("instruction", task.get("instruction").asString(),
                        "output", output)));
            }
        }
        data = Files.write(folder.resolve("pairs.jsonl"), lines).toString();
    }

    private Session tune(Path run, String... more) {
        var arguments = new ArrayList<>(List.of("tune", "-m", model, "-d", data, "-o", run.toString(), "--template",
                template, "--now", NOW, "--json", "learning_rate=5e-3", "steps=8", "checkpoint_steps=3"));
        arguments.addAll(List.of(more));
        return Session.of(arguments.toArray(String[]::new));
    }

    @Test
    void aFewStepsLowerTheLossAndLeaveAWholeRun() {
        Path run = folder.resolve("run");
        var json = tune(run).json();
        List<Double> losses = json.get("losses").valueStream().map(JsonNode::asDouble).toList();
        assertEquals(8, json.get("steps").asInt());
        assertEquals(8, losses.size());
        assertTrue(losses.subList(5, 8).stream().mapToDouble(loss -> loss).average().orElseThrow() < losses.getFirst(),
                losses.toString());
        for (String file : List.of("run.json", "metrics.jsonl", "report.html", "adapter/adapter_config.json",
                "adapter/adapter_model.safetensors", "checkpoints/step-000008.safetensors")) {
            assertTrue(Files.exists(run.resolve(file)), file);
        }
        assertTrue(json.get("peak_memory_bytes").asLong() > 0 && json.get("planned_memory_bytes").asLong() > 0);
        assertTunedAnswersDiffer(run);
        assertEquals(1, Session.of("tune", "--resume", run.toString()).exitCode());
    }

    private void assertTunedAnswersDiffer(Path run) {
        String base = Session.of("generate", "-m", model, "--template", template, "--chat", "--prompt",
                "Name a colour.", "--max-tokens", "12").out();
        String tuned = Session.of("generate", "-m", model, "-a", run.toString(), "--template", template, "--chat",
                "--prompt", "Name a colour.", "--max-tokens", "12").out();
        assertFalse(base.equals(tuned), base);
    }

    @Test
    void aRunTakenUpAgainEndsInTheSameBits() {
        String whole = tune(folder.resolve("whole")).json().get("parameter_hash").asString();
        Path broken = folder.resolve("broken");
        interruptAfter(broken, 4);
        var resumed = Session.of("tune", "--resume", broken.toString(), "--json").json();
        assertEquals(whole, resumed.get("parameter_hash").asString());
        assertEquals(8, resumed.get("losses").size());
        assertTrue(Files.exists(broken.resolve("adapter")));
    }

    /// As Ctrl-C during a step leaves it.
    private void interruptAfter(Path run, int steps) {
        var recipe = Recipe.of(Map.of("learning_rate", "5e-3", "steps", "8", "checkpoint_steps", "3",
                "template", template));
        var assignment = new Assignment(Path.of(model), Path.of(data), recipe, LocalDateTime.parse(NOW));
        try (var workers = new Workers(1); var source = ModelSource.open(Path.of(model), recipe.template(),
                LocalDateTime.parse(NOW))) {
            var dataset = Dataset.read(Path.of(data));
            var tuning = new Tuning(source, Lessons.prepare(source, dataset, recipe), new SimdKernels(workers));
            var record = new RunRecord(assignment.toMap(), recipe.seed(), Provenance.hashes(source, dataset),
                    Provenance.versions(), List.of());
            try (var started = RunFolder.create(run, record)) {
                assertThrows(Interruption.StoppedException.class, () -> tuning.run(started, point -> {
                    if (point.step() > steps) {
                        throw new Interruption.StoppedException("stopped");
                    }
                }));
            }
        }
    }

    @Test
    void aRunIsNotTakenUpWithOtherPairs() throws IOException {
        Path broken = folder.resolve("broken");
        interruptAfter(broken, 4);
        Files.writeString(Path.of(data), "{\"instruction\": \"One more\", \"output\": \"pair\"}\n");
        var session = Session.of("tune", "--resume", broken.toString());
        assertEquals(1, session.exitCode());
        assertTrue(session.err().contains("the data is not the one the run was begun with"), session.err());
    }

    @Test
    void planningSpendsNothing() {
        var json = Session.of("plan", "-m", model, "-d", data, "--template", template, "--json", "steps=8").json();
        assertEquals(8, json.get("steps").asInt());
        assertTrue(json.get("planned_memory_bytes").asLong() > 300_000_000L && json.get("seconds").asDouble() > 0);
    }

    @Test
    void evaluationsAreWrittenAndCompared() {
        Path run = folder.resolve("run");
        tune(run).json();
        String base = folder.resolve("base").toString();
        String tuned = folder.resolve("tuned").toString();
        var json = Session.of("eval", "-m", model, "--template", template, "-t", data, "-o", base, "--max-tokens", "8",
                "--limit", "4", "--json").json();
        assertTrue(Files.exists(Path.of(json.get("file").asString())));
        assertTrue(json.get("results").get("pairs").has("exact_match,none"), json.toString());
        Session.of("eval", "-m", model, "-a", run.toString(), "--template", template, "-t", data, "-o", tuned,
                "--max-tokens", "8", "--limit", "4", "--json").json();
        var compared = Session.of("compare", base, tuned, "--json").json();
        assertEquals(4, compared.get("tasks").get("pairs").get("items").asInt());
        var table = Session.of("compare", base, tuned);
        assertTrue(table.exitCode() == 0 && table.out().contains("exact_match"), table.toString());
    }

    @Test
    void aPipedTalkIsAnsweredLineByLine() {
        var session = Session.withInput("Hello\n/reset\nHow are you?\n/quit\nnever asked\n", "chat", "-m", model,
                "--template", template, "--max-tokens", "4", "--json");
        assertEquals(2, session.out().lines().count(), session.toString());
    }
}
