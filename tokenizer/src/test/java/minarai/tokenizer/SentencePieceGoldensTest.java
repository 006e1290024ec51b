package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/// Ids, offsets and decoded text of SentencePiece (0.2.2), and facts that its own tests state.
class SentencePieceGoldensTest {

    @ParameterizedTest
    @CsvSource({
        "sp-open_llama, tokenizers/open_llama/tokenizer.model",
        "sp-llm-jp-v3.1-100k, tokenizers/llm-jp/v3.1-100k.model",
        "sp-llm-jp-v2.1, tokenizers/llm-jp/v2.1-hf-fast/code10k_en20k_ja30k.ver2.1.model",
        "sp-test_model, tokenizers/sentencepiece-tests/test_model.model",
        "sp-test_ja_model, tokenizers/sentencepiece-tests/test_ja_model.model",
        "sp-tok512, models/stories260K/tok512.model",
    })
    void everyTextGivesSentencePiecesIdsOffsetsAndDecoding(String name, String path) throws IOException {
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at(path));
        List<String> differences = new ArrayList<>();
        List<String> lines = Files.readAllLines(SharedData.at("goldens/hf/tokenizers/" + name + ".jsonl"));
        for (String line : lines) {
            compare(tokenizer, JsonMapper.shared().readTree(line), differences);
        }
        assertTrue(lines.size() >= 269);
        assertEquals("", String.join("\n", differences), differences.size() + " differences");
    }

    private static void compare(PipelineTokenizer tokenizer, JsonNode golden, List<String> differences) {
        String text = golden.get("text").stringValue();
        Encoding encoding = tokenizer.encode(text);
        report("ids", text, golden.get("ids"), encoding.ids(), differences);
        int[][] offsets = IntStream.range(0, encoding.length())
                .mapToObj(i -> new int[] {encoding.starts()[i], encoding.ends()[i]}).toArray(int[][]::new);
        report("offsets", text, golden.get("offsets"), offsets, differences);
        int[] ids = JsonMapper.shared().treeToValue(golden.get("ids"), int[].class);
        report("decoded", text, golden.get("decoded"), tokenizer.decode(ids), differences);
        StringBuilder streamed = new StringBuilder();
        StreamingDecoder streaming = tokenizer.streamingDecoder();
        IntStream.of(ids).forEach(id -> streamed.append(streaming.add(id)));
        report("streamed", text, golden.get("decoded"), streamed.append(streaming.finish()), differences);
    }

    private static void report(String what, String text, JsonNode expected, Object value, List<String> differences) {
        String actual = JsonMapper.shared().writeValueAsString(value instanceof CharSequence s ? s.toString() : value);
        if (!expected.toString().equals(actual)) {
            differences.add("%s of %s:%n  expected %s%n  actual   %s".formatted(what,
                    JsonMapper.shared().writeValueAsString(text), expected, actual));
        }
    }

    private static PipelineTokenizer model(String name) {
        return Tokenizers.of(SharedData.at("tokenizers/sentencepiece-tests/" + name));
    }

    @Test
    void theFactsOfItsOwnTestsHold() throws IOException {
        int checked = 0;
        for (JsonNode fact : JsonMapper.shared()
                .readTree(SharedData.at("goldens/tokenizer/sentencepiece/cases.json"))) {
            if (fact.get("model").isString()) {
                checked += check(fact, model(fact.get("model").stringValue())) ? 1 : 0;
            }
        }
        assertEquals(19, checked, "two facts are about rules without a model");
    }

    private static boolean check(JsonNode fact, PipelineTokenizer tokenizer) {
        String text = fact.has("text") ? fact.get("text").stringValue() : "";
        switch (fact.get("kind").stringValue()) {
            case "vocab" -> {
                assertEquals(fact.get("size").intValue(), tokenizer.vocabularySize());
                fact.get("pieces").properties().forEach(piece ->
                        assertEquals(piece.getValue().stringValue(),
                                tokenizer.piece(Integer.parseInt(piece.getKey()))));
                for (int id = 0; id < tokenizer.vocabularySize(); id++) {
                    assertEquals(id, tokenizer.idOf(tokenizer.piece(id)).orElseThrow());
                }
            }
            case "roundtrip" -> assertEquals(text, tokenizer.decode(tokenizer.encode(text).ids()));
            case "decode" -> assertEquals(text, tokenizer.decode());
            case "encode" -> {
                PipelineTokenizer changed = with(tokenizer, fact.get("options"));
                Encoding encoding = changed.encode(text);
                assertEquals(fact.get("pieces").toString(), JsonMapper.shared().writeValueAsString(
                        IntStream.range(0, encoding.length()).mapToObj(i -> encoding.ids()[i] == 0
                                ? text.substring(encoding.starts()[i], encoding.ends()[i])
                                : tokenizer.piece(encoding.ids()[i])).toList()));
            }
            case "encode_rule" -> assertEquals(0, tokenizer.prefix().length + tokenizer.suffix().length);
            case "unknown" -> assertEquals(0, tokenizer.encode(text).ids()[1]);
            case "normalize" -> checkNormalization(fact, text, tokenizer);
            default -> throw new IllegalStateException(fact.toString());
        }
        return true;
    }

    private static PipelineTokenizer with(PipelineTokenizer tokenizer, JsonNode options) {
        PipelineTokenizer.Parts parts = tokenizer.parts();
        return new PipelineTokenizer(new PipelineTokenizer.Parts(parts.addedTokens(), normalizer(tokenizer, options),
                parts.preTokenizer(), parts.model(), parts.postProcessor(), parts.decoder()));
    }

    /// The model's own normalization with some switches changed; `normalizer_only` means the map alone unless said.
    private static SentencePieceNormalizer normalizer(PipelineTokenizer tokenizer, JsonNode options) {
        var own = (SentencePieceNormalizer) tokenizer.parts().normalizer();
        boolean isFull = !options.has("normalizer_only");
        return new SentencePieceNormalizer(own.map(), own.symbols(),
                flag(options, "add_dummy_prefix", isFull && own.addsPrefix()),
                flag(options, "remove_extra_whitespaces", isFull && own.removesExtraSpace()),
                flag(options, "escape_whitespaces", isFull && own.escapesSpace()));
    }

    private static boolean flag(JsonNode options, String name, boolean otherwise) {
        return options.has(name) ? options.get(name).booleanValue() : otherwise;
    }

    private static void checkNormalization(JsonNode fact, String text, PipelineTokenizer tokenizer) {
        AlignedText normalized = normalizer(tokenizer, fact.get("options")).apply(AlignedText.of(text));
        assertEquals(fact.get("expected").stringValue(), normalized.text());
        if (fact.has("char_offsets")) {
            int[] offsets = IntStream.rangeClosed(0, normalized.length())
                    .map(i -> i < normalized.length() ? normalized.start(i) : normalized.end(i - 1)).toArray();
            assertArrayEquals(JsonMapper.shared().treeToValue(fact.get("char_offsets"), int[].class), offsets);
        }
    }

    @Test
    void theSameModelIsReadFromTokenizerJsonAndFromTheModelFile() {
        PipelineTokenizer json = Tokenizers.of(SharedData.at("tokenizers/llm-jp/v2.1-hf-fast"));
        PipelineTokenizer model = Tokenizers.of(SharedData.at(
                "tokenizers/llm-jp/v2.1-hf-fast/code10k_en20k_ja30k.ver2.1.model"));
        for (String text : new String[] {"東京は日本の首都です。", "Hello world, this is a test.", "def f(x): return x + 1"}) {
            assertArrayEquals(json.encode(text).ids(), model.encode(text).ids(), text);
        }
    }

    @Test
    void controlSymbolsAreTextUnlessTheCallerSaysOtherwise() {
        PipelineTokenizer tokenizer = model("test_model.model");
        assertTrue(IntStream.of(tokenizer.encode("<s>hello</s>").ids()).noneMatch(tokenizer::isSpecial));
        int[] ids = tokenizer.encode("<s>hello</s>", at -> true).ids();
        assertEquals(1, ids[0]);
        assertEquals(2, ids[ids.length - 1]);
        assertEquals("hello", tokenizer.decode(ids));
    }

    @Test
    void aFolderWithAModelHasTheTokensThatItsConfigurationAdds(@TempDir Path folder) throws IOException {
        Files.write(folder.resolve("tokenizer.model"), ProtobufBytes.model(2));
        assertArrayEquals(ProtobufBytes.tokenizer(2).encode("ab the").ids(),
                Tokenizers.of(folder).encode("ab the").ids());
        int id = ProtobufBytes.tokenizer(2).vocabularySize();
        Files.writeString(folder.resolve("tokenizer_config.json"), """
                {"added_tokens_decoder": {"1": {"content": "<s>", "special": true},
                 "%d": {"content": "<|end|>", "special": true}}}""".formatted(id));
        PipelineTokenizer tokenizer = Tokenizers.of(folder);
        assertEquals(id, tokenizer.idOf("<|end|>").orElseThrow());
        assertTrue(tokenizer.isSpecial(id) && tokenizer.isSpecial(1));
        assertEquals(id, tokenizer.encode("<s><|end|>", at -> true).ids()[1]);
    }

    @Test
    void userDefinedSymbolsAreOneTokenInBothKindsOfModels() {
        for (int kind = 1; kind <= 2; kind++) {
            PipelineTokenizer tokenizer = ProtobufBytes.tokenizer(kind);
            int symbol = tokenizer.idOf("<sep>").orElseThrow();
            int[] ids = tokenizer.encode("ab<sep>ab").ids();
            assertEquals("▁ ab <sep> ab", String.join(" ", IntStream.of(ids).mapToObj(tokenizer::piece).toList()));
            assertEquals("ab<sep>ab", tokenizer.decode(ids));
            assertTrue(!tokenizer.isSpecial(symbol));
        }
    }

    @Test
    void streamingEqualsDecodingAllAtOnceForAnyIds() {
        Random random = new Random(77);
        for (PipelineTokenizer tokenizer : List.of(Tokenizers.of(SharedData.at("models/stories260K/tok512.model")),
                ProtobufBytes.tokenizer(2))) {
            for (int i = 0; i < 2000; i++) {
                int[] ids = random.ints(random.nextInt(30), 0, Math.min(270, tokenizer.vocabularySize())).toArray();
                StreamingDecoder decoder = tokenizer.streamingDecoder();
                StringBuilder streamed = new StringBuilder();
                IntStream.of(ids).forEach(id -> streamed.append(decoder.add(id)));
                assertEquals(tokenizer.decode(ids), streamed.append(decoder.finish()).toString());
            }
        }
    }

    @Test
    void aCharacterOfBytesIsStreamedWithItsLastOneAndABrokenOneIsReplacedByteByByte() {
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at("models/stories260K/tok512.model"));
        ByteBuffer bytes = ByteBuffer.wrap("猫".getBytes(StandardCharsets.UTF_8));
        int[] ids = IntStream.range(0, 3).map(i -> tokenizer.idOf(Model.byteName(bytes.get(i))).orElseThrow())
                .toArray();
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        assertEquals("", decoder.add(ids[0]) + decoder.add(ids[1]));
        assertEquals("猫", decoder.add(ids[2]));
        assertEquals("\uFFFD\uFFFDa", tokenizer.decode(ids[0], ids[1], tokenizer.idOf("a").orElseThrow()));
    }
}
