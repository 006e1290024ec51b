package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/// Vocabularies inside GGUF files, against the ids that llama.cpp publishes with them.
class GgufVocabularyTest {

    private static final GgufVocabulary SMALL = new GgufVocabulary("gpt2", Optional.of("gpt-2"), List.of("a", "b", "ab",
            "<s>"), new float[0], new int[] {1, 1, 1, 3}, List.of("a b"), GgufVocabulary.Settings.NONE);

    @ParameterizedTest
    @ValueSource(strings = {"ggml-vocab-gpt-2", "ggml-vocab-falcon", "ggml-vocab-phi-3", "ggml-vocab-bert-bge"})
    void everyTextGivesTheIdsOfLlamaCpp(String name) throws IOException {
        Path file = SharedData.at("goldens/tokenizer/llama.cpp/" + name + ".gguf");
        PipelineTokenizer tokenizer = GgufMetadata.vocabulary(file).tokenizer();
        String[] texts = Files.readString(Path.of(file + ".inp")).split("\n__ggml_vocab_test__\n", -1);
        List<String> expected = Files.readAllLines(Path.of(file + ".out"));
        assertEquals(46, expected.size());
        List<String> differences = new ArrayList<>();
        for (int i = 0; i < expected.size(); i++) {
            int[] ids = Pattern.compile("\\d+").matcher(expected.get(i)).results()
                    .mapToInt(match -> Integer.parseInt(match.group())).toArray();
            int[] ours = tokenizer.encode(texts[i]).ids();
            if (!Arrays.equals(ids, ours)) {
                differences.add("%s%n  expected %s%n  actual   %s".formatted(texts[i], Arrays.toString(ids),
                        Arrays.toString(ours)));
            }
        }
        assertEquals("", String.join("\n", differences));
    }

    @Test
    void theVocabularyOfAModelFileIsThatOfItsSentencePieceModel() throws IOException {
        PipelineTokenizer gguf = GgufMetadata.vocabulary(SharedData.at("models/stories260K/stories260K.gguf"))
                .tokenizer();
        PipelineTokenizer model = Tokenizers.of(SharedData.at("models/stories260K/tok512.model"));
        assertArrayEquals(new int[] {1}, gguf.prefix());
        Random random = new Random(12);
        int compared = 0;
        for (int i = 0; i < 2000; i++) {
            String text = RandomText.of(random);
            AlignedText normalized = model.parts().normalizer().apply(AlignedText.of(text));
            if (normalized.text().equals(gguf.parts().normalizer().apply(AlignedText.of(text)).text())) {
                int[] ids = gguf.encode(text).ids();
                assertArrayEquals(model.encode(text).ids(), ids, text);
                assertEquals(model.decode(ids).strip(), gguf.decode(ids).strip());
                compared++;
            }
        }
        assertTrue(compared > 100, "the GGUF file does not carry the model's normalization; compared " + compared);
    }

    @Test
    void aUnigramVocabularyIsThatOfItsSentencePieceModel() {
        SentencePieceProto proto = SentencePieceProto.read("small", ByteBuffer.wrap(ProtobufBytes.model(1)));
        float[] scores = new float[proto.pieces().size()];
        int[] types = new int[scores.length];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = proto.pieces().get(id).score();
            types[id] = proto.pieces().get(id).kind().ordinal() + 1;
        }
        PipelineTokenizer gguf = new GgufVocabulary("t5", Optional.empty(), proto.pieces().stream()
                .map(SentencePieceProto.Piece::text).toList(), scores, types, List.of(), GgufVocabulary.Settings.NONE)
                .tokenizer();
        for (String text : new String[] {"the ab", "abthe <sep> 猫犬", "  ab  ", ""}) {
            assertArrayEquals(ProtobufBytes.tokenizer(1).encode(text).ids(), gguf.encode(text).ids(), text);
        }
    }

    @Test
    void controlTokensAreTextUnlessTheCallerSaysOtherwise() throws IOException {
        PipelineTokenizer tokenizer = GgufMetadata.vocabulary(
                SharedData.at("goldens/tokenizer/llama.cpp/ggml-vocab-phi-3.gguf")).tokenizer();
        int end = tokenizer.idOf("<|end|>").orElseThrow();
        assertTrue(Arrays.stream(tokenizer.encode("a<|end|>").ids()).noneMatch(id -> id == end));
        assertTrue(Arrays.stream(tokenizer.encode("a<|end|>", at -> true).ids()).anyMatch(id -> id == end));
    }

    @Test
    void whatContradictsItselfOrIsNotKnownIsRefusedByName() {
        String[] tokens = {"a", "b", "ab", "a"};
        assertRefused("two ids", new GgufVocabulary("gpt2", SMALL.pre(), List.of(tokens), new float[0], new int[0],
                List.of(), GgufVocabulary.Settings.NONE));
        assertRefused("rwkv", new GgufVocabulary("rwkv", SMALL.pre(), SMALL.tokens(), new float[0], new int[0],
                List.of(), GgufVocabulary.Settings.NONE));
        assertRefused("tokenizer.ggml.pre is missing", new GgufVocabulary("gpt2", Optional.empty(), SMALL.tokens(),
                new float[0], new int[0], List.of(), GgufVocabulary.Settings.NONE));
        assertRefused("\"tekken\"", new GgufVocabulary("gpt2", Optional.of("tekken"), SMALL.tokens(), new float[0],
                new int[0], List.of(), GgufVocabulary.Settings.NONE));
        assertRefused("scores has 0", new GgufVocabulary("llama", Optional.empty(), SMALL.tokens(), new float[0],
                new int[0], List.of(), GgufVocabulary.Settings.NONE));
        assertRefused("token_type has 1", new GgufVocabulary("gpt2", SMALL.pre(), SMALL.tokens(), new float[0],
                new int[1], List.of(), GgufVocabulary.Settings.NONE));
        assertRefused("merges[0]", new GgufVocabulary("gpt2", SMALL.pre(), SMALL.tokens(), new float[0], new int[0],
                List.of("ab"), GgufVocabulary.Settings.NONE));
        assertEquals(2, SMALL.tokenizer().encode("ab").ids()[0]);
    }

    private static void assertRefused(String named, GgufVocabulary vocabulary) {
        var error = assertThrows(IllegalArgumentException.class, vocabulary::tokenizer);
        assertTrue(error.getMessage().startsWith("the vocabulary of the GGUF file: "), error.getMessage());
        assertTrue(error.getMessage().contains(named), error.getMessage());
    }
}
