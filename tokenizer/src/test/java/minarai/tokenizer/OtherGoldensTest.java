package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

/// Token ids published by other programs.
class OtherGoldensTest {

    private static int[] ids(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).intValue()).toArray();
    }

    @Test
    void gpt2GivesTheIdsOfSwiftTransformers() throws IOException {
        JsonNode golden = JsonMapper.shared().readTree(
                SharedData.at("goldens/tokenizer/swift-transformers/gpt2_encoded_tokens.json"));
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at("tokenizers/gpt2"));
        assertArrayEquals(ids(golden.get("token_ids")), tokenizer.encode(golden.get("text").stringValue()).ids());
    }

    @Test
    void gpt2GivesTheIdsOfLlamaCpp() throws IOException {
        assertLlamaCpp("ggml-vocab-gpt-2", "tokenizers/gpt2");
    }

    @Test
    void qwenGivesTheIdsOfLlamaCpp() throws IOException {
        assertLlamaCpp("ggml-vocab-qwen2", "tokenizers/qwen2.5");
    }

    private static void assertLlamaCpp(String name, String tokenizerPath) throws IOException {
        Path folder = SharedData.at("goldens/tokenizer/llama.cpp");
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at(tokenizerPath));
        Path inputs;
        Path outputs;
        try (var files = Files.list(folder)) {
            List<Path> all = files.filter(file -> file.getFileName().toString().startsWith(name + ".")).toList();
            inputs = all.stream().filter(file -> file.toString().endsWith(".inp")).findFirst().orElseThrow();
            outputs = all.stream().filter(file -> file.toString().endsWith(".out")).findFirst().orElseThrow();
        }
        String[] texts = Files.readString(inputs).split("\n__ggml_vocab_test__\n", -1);
        List<String> expected = Files.readAllLines(outputs);
        for (int i = 0; i < expected.size(); i++) {
            int[] ids = Pattern.compile("\\d+").matcher(expected.get(i)).results()
                    .mapToInt(match -> Integer.parseInt(match.group())).toArray();
            assertArrayEquals(ids, tokenizer.encode(texts[i]).ids(), texts[i]);
        }
    }

    @Test
    void gpt2sOwnFilesAgreeWithItsTokenizerJson() throws IOException {
        Path folder = SharedData.at("tokenizers/gpt2");
        PipelineTokenizer file = Tokenizers.of(folder.resolve("tokenizer.json"));
        PipelineTokenizer own = VocabularyAndMerges.ofGpt2(folder);
        assertEquals(file.vocabularySize(), own.vocabularySize());
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            String text = RandomText.of(random);
            assertArrayEquals(file.encode(text, at -> true).ids(), own.encode(text, at -> true).ids(), text);
        }
    }

    /// Ten thousand questions as words, and the ids of these words.
    @Test
    void bertGivesTheIdsOfSwiftTransformersForSquad() throws IOException {
        var mapper = JsonMapper.shared();
        JsonNode words = mapper.readTree(
                SharedData.at("goldens/tokenizer/swift-transformers/basic_tokenized_questions.json"));
        JsonNode expected = mapper.readTree(
                SharedData.at("goldens/tokenizer/swift-transformers/tokenized_questions.json"));
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at("tokenizers/bert/bert-base-uncased.tokenizer.json"));
        assertEquals(expected.size(), words.size());
        for (int i = 0; i < words.size(); i++) {
            String text = String.join(" ", words.get(i).valueStream().map(JsonNode::stringValue).toList());
            assertArrayEquals(ids(expected.get(i)), tokenizer.encode(text).ids(), text);
        }
    }

    @Test
    void bertsVocabularyIsItsList() throws IOException {
        List<String> pieces = Files.readAllLines(SharedData.at("tokenizers/bert/bert-vocab.txt"));
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at("tokenizers/bert/bert-base-uncased.tokenizer.json"));
        assertEquals(pieces.size(), tokenizer.vocabularySize());
        for (int id = 0; id < pieces.size(); id++) {
            assertEquals(pieces.get(id), tokenizer.piece(id));
        }
    }

    @Test
    void bertGivesTheIdsOfTransformersJs() throws IOException {
        JsonNode golden = JsonMapper.shared().readTree(
                SharedData.at("goldens/tokenizer/transformers.js/bert.json"));
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at("tokenizers/bert/bert-base-uncased.tokenizer.json"));
        int compared = 0;
        for (JsonNode entry : golden.isArray() ? golden : golden.get("cases")) {
            boolean isOurs = entry.toString().contains("Xenova/bert-base-uncased") && !entry.has("text_pair");
            if (isOurs) {
                int[] ids = tokenizer.encode(entry.get("text").stringValue(), at -> true).ids();
                int[] all = ids(entry.get("ids"));
                assertArrayEquals(IntStream.of(all).skip(1).limit(all.length - 2L).toArray(), ids);
                compared++;
            }
        }
        assertEquals(29, compared);
    }
}
