package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/// Rank files, against ids of tiktoken (0.14.0) and of programs that carry it out.
class TiktokenFileTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"cl100k_base", "r50k_base"})
    void everyTextGivesTiktokensIds(String name) throws IOException {
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at("tokenizers/tiktoken/" + name + ".tiktoken"));
        List<String> differences = new ArrayList<>();
        List<String> lines = Files.readAllLines(SharedData.at("goldens/hf/tokenizers/" + name + ".jsonl"));
        for (String line : lines) {
            JsonNode golden = JsonMapper.shared().readTree(line);
            String text = golden.get("text").stringValue();
            compare(text, ids(golden.get("ids")), tokenizer.encode(text).ids(), differences);
            if (golden.has("ids_special_allowed")) {
                compare(text, ids(golden.get("ids_special_allowed")), tokenizer.encode(text, at -> true).ids(),
                        differences);
            }
            if (golden.get("decoded").isBoolean()) {
                assertEquals(text, tokenizer.decode(ids(golden.get("ids"))));
            }
        }
        assertTrue(lines.size() >= 269);
        assertEquals("", String.join("\n", differences), differences.size() + " differences");
    }

    private static int[] ids(JsonNode list) {
        return JsonMapper.shared().treeToValue(list, int[].class);
    }

    private static void compare(String text, int[] expected, int[] actual, List<String> differences) {
        if (!Arrays.equals(expected, actual)) {
            differences.add("%s%n  expected %s%n  actual   %s".formatted(JsonMapper.shared().writeValueAsString(text),
                    Arrays.toString(expected), Arrays.toString(actual)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"cl100k_base", "r50k_base"})
    void promptsGiveTheIdsOfJtokkit(String name) throws IOException {
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at("tokenizers/tiktoken/" + name + ".tiktoken"));
        List<List<String>> rows = rows(Files.readString(
                SharedData.at("goldens/tokenizer/jtokkit/" + name + "_encodings.csv")));
        List<String> differences = new ArrayList<>();
        for (List<String> row : rows.subList(1, rows.size())) {
            compare(row.get(0), ids(JsonMapper.shared().readTree(row.get(1))), tokenizer.encode(row.get(0)).ids(),
                    differences);
        }
        assertTrue(rows.size() > 100, "rows " + rows.size());
        assertEquals("", String.join("\n", differences), differences.size() + " differences");
    }

    /// Cells of comma-separated values, with quotes around those that have commas, quotes or line ends.
    private static List<List<String>> rows(String csv) {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean isQuoted = false;
        for (int i = 0; i < csv.length(); i++) {
            char c = csv.charAt(i);
            boolean isDoubled = isQuoted && c == '"' && i + 1 < csv.length() && csv.charAt(i + 1) == '"';
            if (isDoubled) {
                cell.append('"');
                i++;
            } else if (c == '"') {
                isQuoted = !isQuoted;
            } else if (!isQuoted && (c == ',' || c == '\n')) {
                row.add(cell.toString());
                cell.setLength(0);
                if (c == '\n') {
                    rows.add(row);
                    row = new ArrayList<>();
                }
            } else if (isQuoted || c != '\r') {
                cell.append(c);
            }
        }
        return rows;
    }

    @Test
    void textsThatLlama3AndCl100kHaveInCommonGiveTheIdsOfLlamaCpp() throws IOException {
        PipelineTokenizer cl100k = Tokenizers.of(SharedData.at("tokenizers/tiktoken/cl100k_base.tiktoken"));
        PipelineTokenizer cutAsLlama3 = TiktokenFile.read(SharedData.at("tokenizers/tiktoken/cl100k_base.tiktoken"),
                TiktokenFile.Scheme.LLAMA3);
        int compared = 0;
        for (JsonNode golden : JsonMapper.shared().readTree(
                SharedData.at("goldens/tokenizer/llama.cpp/llama3_ids.json"))) {
            if (golden.get("same_in_cl100k").booleanValue()) {
                String text = golden.get("text").stringValue();
                assertArrayEquals(ids(golden.get("ids")), cutAsLlama3.encode(text).ids(), text);
                compared += Arrays.equals(ids(golden.get("ids")), cl100k.encode(text).ids()) ? 1 : 0;
            }
        }
        assertEquals(37, compared);
    }

    @Test
    void theIdsOfTransformersJsAreOurs() throws IOException {
        PipelineTokenizer cl100k = Tokenizers.of(SharedData.at("tokenizers/tiktoken/cl100k_base.tiktoken"));
        PipelineTokenizer gpt2 = Tokenizers.of(SharedData.at("tokenizers/gpt2"));
        int compared = 0;
        for (JsonNode golden : JsonMapper.shared().readTree(
                SharedData.at("goldens/tokenizer/transformers.js/gpt2.json"))) {
            String name = golden.get("tokenizer").stringValue();
            PipelineTokenizer tokenizer = name.equals("Xenova/gpt-4") ? cl100k : gpt2;
            if (name.equals("Xenova/gpt-4") || name.endsWith("gpt2")) {
                String text = golden.get("text").stringValue();
                assertArrayEquals(ids(golden.get("ids")), tokenizer.encode(text, at -> true).ids(), name + ": " + text);
                compared++;
            }
        }
        assertEquals(56, compared, "the others are of tokenizers without files");
    }

    @Test
    void r50kIsGpt2() {
        PipelineTokenizer ranks = Tokenizers.of(SharedData.at("tokenizers/tiktoken/r50k_base.tiktoken"));
        PipelineTokenizer gpt2 = Tokenizers.of(SharedData.at("tokenizers/gpt2"));
        assertEquals(gpt2.vocabularySize(), ranks.vocabularySize());
        Random random = new Random(50);
        for (int i = 0; i < 1000; i++) {
            String text = RandomText.of(random);
            Encoding expected = gpt2.encode(text, at -> true);
            Encoding actual = ranks.encode(text, at -> true);
            assertArrayEquals(expected.ids(), actual.ids(), text);
            assertEquals(text, ranks.decodeWithSpecial(actual.ids()));
        }
    }

    private static String bytesAnd(String... more) {
        StringBuilder file = new StringBuilder();
        for (int b = 0; b < 256; b++) {
            file.append(Base64.getEncoder().encodeToString(new byte[] {(byte) b})).append(' ').append(b).append('\n');
        }
        return file.append(String.join("\n", more)).toString();
    }

    @Test
    void everySchemeCutsAndHasItsSpecialTokens() throws IOException {
        for (TiktokenFile.Scheme scheme : TiktokenFile.Scheme.values()) {
            Path file = Files.writeString(folder.resolve(scheme + ".tiktoken"), bytesAnd("YWI= 256", "YWJj 257"));
            PipelineTokenizer tokenizer = Tokenizers.of(file);
            assertArrayEquals(new int[] {257, ' ', 256}, tokenizer.encode("abc ab").ids());
            int special = IntStream.range(0, tokenizer.vocabularySize()).filter(tokenizer::isSpecial).findFirst()
                    .orElseThrow();
            assertArrayEquals(new int[] {special}, tokenizer.encode(tokenizer.piece(special), at -> true).ids());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"YWI=", "YWI= x", "YWI= 99999999", "Y?= 256", "YWI= 255", "YQ== 256", " 256", "=",
            "YWI= -1",
        "YWI= 256 ", "YWI= 16777216"})
    void aBrokenLineIsRefusedWithTheFilesName(String line) throws IOException {
        Path file = Files.writeString(folder.resolve("cl100k_base.tiktoken"), bytesAnd(line));
        var error = assertThrows(IllegalArgumentException.class, () -> TiktokenFile.read(file));
        assertTrue(error.getMessage().contains(file.toString()), error.getMessage());
    }

    @Test
    void aFileThatDoesNotSayItsSchemeOrLacksAByteIsRefused() throws IOException {
        Path unnamed = Files.writeString(folder.resolve("tokenizer.tiktoken"), bytesAnd());
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Tokenizers.of(unnamed)).getMessage()
                .contains("cl100k_base.tiktoken"));
        Path few = Files.writeString(folder.resolve("qwen.tiktoken"), "YWI= 256");
        assertThrows(IllegalArgumentException.class, () -> Tokenizers.of(few));
    }
}
