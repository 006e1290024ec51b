package minarai.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import minarai.train.data.SharedData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class RecipeTest {

    @Test
    void textAndYamlValuesMeanTheSame() {
        var text = Recipe.of(Map.of("rank", "4", "learning_rate", "1e-3", "rslora", "true", "target_modules",
                "q_proj, v_proj",
                "steps", "12", "schedule", "linear", "allow", "leak", "seed", "-5"));
        var yaml = Recipe.of(Map.of("rank", 4, "learning_rate", 0.001, "rslora", true, "target_modules",
                List.of("q_proj", "v_proj"),
                "steps", 12, "schedule", "linear", "allow", List.of("leak"), "seed", -5));
        assertEquals(text, yaml);
        assertEquals(OptionalInt.of(12), yaml.steps());
        assertEquals(Set.of("leak"), yaml.allow());
        assertEquals(yaml, Recipe.of(yaml.toMap()));
    }

    @Test
    void defaultsRoundTripAndCanBeChanged() {
        assertEquals(Recipe.defaults(), Recipe.of(Recipe.defaults().toMap()));
        var full = Recipe.defaults().with(Map.of("method", "full", "threads", 2));
        assertEquals(Recipe.Method.FULL, full.method());
        assertEquals(full, Recipe.of(full.toMap()));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            learning_rat | 1     | learning_rat: unknown; did you mean learning_rate?
            xyz          | 1     | xyz: unknown; known are method, rank
            rank         | 0     | rank=0: must be a whole number from 1
            rank         | 4.5   | rank=4.5: must be a whole number
            rank         | four  | rank=four: must be a whole number
            learning_rate| -1    | learning_rate=-1: must be a number above 0.0
            learning_rate| NaN   | learning_rate=NaN: must be a number
            packing      | yes   | packing=yes: must be true or false
            schedule     | cosin | schedule=cosin: must be constant or linear or cosine (did you mean cosine?)
            method       | qlora | method=qlora: must be lora or full (did you mean lora?)
            dropout      | 0.1   | dropout=0.1: only 0 is supported
            precision    | bf16  | precision=bf16: must be f32
            backend      | gpu   | backend=gpu: must be cpu or opencl
            beta2        | 1     | beta2=1: must be a number from 0.0 to 0.9999
            template     | ''    | template: has no value
            allow        | leaks | allow: unknown check leaks; did you mean leak?
            target_modules | a,,b | target_modules=a,,b: must be different names
            validation_share | 0.9 | validation_share=0.9: must be a number from 0.0 to 0.5
            """)
    void wrongKeysAndValuesAreRefused(String key, String value, String message) {
        String said = assertThrows(IllegalArgumentException.class, () -> Recipe.of(Map.of(key, value))).getMessage();
        assertTrue(said.startsWith(message), said);
    }

    @Test
    void keysThatDoNotGoTogetherAreRefused() {
        for (var settings : List.of(Map.of("method", "full", "rank", 8), Map.of("steps", 5, "warmup_steps", 6),
                Map.of("patience", 2, "validation_share", 0))) {
            assertThrows(IllegalArgumentException.class, () -> Recipe.of(settings), settings.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-qv-r4", "qwen2-all-r8-rslora", "llama-all-r2-dora", "qwen2-qv-r2"})
    void theScheduleOfTransformersIsReproduced(String name) throws IOException {
        JsonNode training = JsonMapper.builder().build().readTree(
                Files.readString(SharedData.file("goldens/hf/lora/" + name + "/golden.json"))).path("training");
        var schedule = Recipe.of(Map.of("learning_rate", training.path("lr").asDouble(), "zero_first_step", true,
                "warmup_steps", training.path("warmup_steps").asInt(), "final_learning_rate", 0)).scheduleOver(12);
        JsonNode rates = training.path("f64").path("lr");
        assertEquals(12, rates.size());
        for (int s = 0; s < 12; s++) {
            // Two libraries' cosines may differ in the last bit, and 1 + cos loses up to ten of them near pi.
            assertEquals(rates.get(s).asDouble(), schedule.rate(s + 1), 2e-16 * schedule.peak(), name + " step " + s);
        }
    }

    @Test
    void everyStepLearnsAndTheLastOneHasTheFinalRate() {
        var cosine = new Schedule(Schedule.Decay.COSINE, 1, 4, 24, 0.1, Schedule.Origin.PEAK);
        double[] rates = IntStream.rangeClosed(1, 24).mapToDouble(cosine::rate).toArray();
        assertEquals(List.of(0.25, 0.5, 0.75, 1.0), Arrays.stream(rates).limit(4).boxed().toList());
        assertEquals(0.55, cosine.rate(14), 1e-15);
        assertEquals(0.1, cosine.rate(24));
        var linear = new Schedule(Schedule.Decay.LINEAR, 2, 0, 5, 0, Schedule.Origin.PEAK);
        assertEquals(List.of(2.0, 1.5, 1.0, 0.5, 0.0), IntStream.rangeClosed(1, 5).mapToObj(linear::rate).toList());
        var constant = new Schedule(Schedule.Decay.CONSTANT, 2, 2, 3, 0, Schedule.Origin.PEAK);
        assertEquals(List.of(1.0, 2.0, 2.0), IntStream.rangeClosed(1, 3).mapToObj(constant::rate).toList());
        assertEquals(2.0, new Schedule(Schedule.Decay.COSINE, 2, 1, 1, 0, Schedule.Origin.PEAK).rate(1));
        assertThrows(IllegalArgumentException.class, () -> cosine.rate(0));
        assertThrows(IllegalArgumentException.class, () -> cosine.rate(25));
        String tooWarm = assertThrows(IllegalArgumentException.class,
                () -> new Schedule(Schedule.Decay.COSINE, 1, 9, 3, 0, Schedule.Origin.PEAK)).getMessage();
        assertTrue(tooWarm.contains("warmup_steps to 3"), tooWarm);
    }

    @Test
    void paceTellsSpeedAndTimeLeft() {
        var clock = new AtomicLong();
        var pace = new Pace(10, 20, clock::get);
        clock.addAndGet(2_000_000_000L);
        var first = pace.after(11, 100, 1.5, 1e-3);
        assertEquals(new Progress.Point(11, 20, 1.5, 1e-3, 50, Duration.ofSeconds(2), Duration.ofSeconds(18)), first);
        clock.addAndGet(1_000_000_000L);
        assertEquals(200 / 3.0, pace.after(12, 100, 1.4, 1e-3).tokensPerSecond(), 1e-9);
        Progress.none().reached(first);
    }
}
