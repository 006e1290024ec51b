package minarai.eval.ifeval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import minarai.eval.Goldens;
import minarai.eval.ifeval.InstructionFollowing.Instruction;
import minarai.eval.ifeval.InstructionFollowing.Reading;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Against verdicts that the published checkers gave on real answers.
class VerdictTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    /// The published identifier, which samples, took this text for English without one of its lines and not with it.
    private static final List<String> SAMPLED = List.of("loose en:change_case:english_capital {} published true: 24");
    private static final String MODEL = "Qwen__Qwen2.5-1.5B-Instruct-GPTQ-Int4";

    @Test
    void everyCaseOfThePublishedTestsIsDecidedAlike() throws IOException {
        var cases = JSON.readTree(Files.readString(Goldens.shared("evalsets/ifeval/checker_cases.json")));
        var unlike = new ArrayList<String>();
        for (JsonNode one : cases) {
            var instruction = new Instruction(one.get("instruction_id").asString(), one.get("kwargs"));
            String response = one.get("response").asString();
            if (one.path("expected_error").asBoolean(false)) {
                assertThrows(IllegalArgumentException.class,
                        () -> InstructionFollowing.isFollowed(instruction, response));
            } else if (InstructionFollowing.isFollowed(instruction, response) != one.get("expected_followed")
                    .asBoolean()) {
                unlike.add(one.toString());
            }
        }
        assertEquals(List.of(), unlike);
        assertEquals(96, cases.size());
    }

    @Test
    void everyEnglishVerdictIsReproduced() throws IOException {
        assertEquals(List.of(), unlike("en", "strict", Reading.STRICT, 0.37153419593345655, 0.4952038369304556));
        assertEquals(SAMPLED, unlike("en", "loose", Reading.LOOSE, 0.4214417744916821, 0.5383693045563549));
    }

    @Test
    void everyJapaneseVerdictIsReproduced() throws IOException {
        assertEquals(List.of(), unlike("ja", "strict", Reading.STRICT, 0.23837209302325582, 0.2831858407079646));
        assertEquals(List.of(), unlike("ja", "loose", Reading.LOOSE, 0.27325581395348836, 0.3185840707964602));
    }

    private static List<String> unlike(String language, String file, Reading reading, double prompts,
            double instructions) throws IOException {
        var tasks = Files.readAllLines(Goldens.shared("evalsets/m-ifeval/" + language + "_input_data.jsonl")).stream()
                .map(JSON::readTree).toList();
        var unlike = new ArrayList<String>();
        int right = 0;
        int followed = 0;
        int all = 0;
        var lines = Files.readAllLines(Goldens.shared("evalsets/m-ifeval/results/" + language + "_" + MODEL + "_" + file
                + ".jsonl"));
        for (int row = 0; row < lines.size(); row++) {
            JsonNode result = JSON.readTree(lines.get(row));
            JsonNode task = tasks.get(row);
            assertEquals(task.get("instruction_id_list"), result.get("instruction_id_list"));
            var list = IntStream.range(0, task.get("kwargs").size()).mapToObj(index -> new Instruction(
                    task.get("instruction_id_list").get(index).asString(), task.get("kwargs").get(index))).toList();
            var verdict = InstructionFollowing.of(list, result.get("response").asString(), reading);
            right += verdict.isComplete() ? 1 : 0;
            for (int index = 0; index < list.size(); index++) {
                boolean expected = result.get("follow_instruction_list").get(index).asBoolean();
                followed += verdict.followed().get(index) ? 1 : 0;
                all++;
                if (expected != verdict.followed().get(index)) {
                    unlike.add(file + " " + list.get(index).id() + " " + list.get(index).arguments() + " published "
                            + expected + ": " + task.get("key"));
                }
            }
        }
        if (unlike.isEmpty()) {
            assertEquals(prompts, (double) right / lines.size(), 1e-12);
            assertEquals(instructions, (double) followed / all, 1e-12);
        }
        return unlike;
    }

    @Test
    void anUnknownInstructionIsNamed() {
        var unknown = new Instruction("keywords:rhyme", JSON.createObjectNode());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> InstructionFollowing.isFollowed(unknown, "x"))
                .getMessage().contains("keywords:rhyme"));
    }
}
