package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

class PipelineTokenizerTest {

    private static final long SEED = 20_250_101;

    private final PipelineTokenizer tokenizer = BytePairTrainerTest.trained(320);

    @Test
    void decodingGivesBackEveryTextAndOffsetsTileIt() {
        Random random = new Random(SEED);
        for (int i = 0; i < 3000; i++) {
            String text = RandomText.of(random);
            Encoding encoding = tokenizer.encode(text);
            assertEquals(text, tokenizer.decode(encoding.ids()), "seed " + SEED);
            assertTiles(text, encoding);
        }
    }

    private static void assertTiles(String text, Encoding encoding) {
        int end = 0;
        int previousStart = 0;
        for (int i = 0; i < encoding.length(); i++) {
            int start = encoding.starts()[i];
            boolean followsOn = start == end;
            boolean sharesCharacter = start == end - 1 && start >= previousStart;
            assertTrue(followsOn || sharesCharacter, "seed " + SEED + ": " + text);
            assertTrue(encoding.ends()[i] > start);
            previousStart = start;
            end = encoding.ends()[i];
        }
        assertEquals(text.codePointCount(0, text.length()), end);
    }

    @Test
    void streamingEqualsDecodingAllAtOnceForAnyIds() {
        Random random = new Random(SEED);
        for (int i = 0; i < 3000; i++) {
            int[] ids = random.ints(random.nextInt(40), 0, tokenizer.vocabularySize()).toArray();
            assertStreams(tokenizer, ids);
            assertStreams(tokenizer, tokenizer.encode(RandomText.of(random)).ids());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-bytefallback", "tiny-unigram", "tiny-wordpiece", "stories260k-tok512-hf"})
    void streamingEqualsDecodingAllAtOnceForEveryDecoder(String name) {
        PipelineTokenizer read = Tokenizers.of(SharedData.at("goldens/hf/tokenizers/" + name));
        Random random = new Random(SEED);
        for (int i = 0; i < 1000; i++) {
            assertStreams(read, random.ints(random.nextInt(40), 0, read.vocabularySize()).toArray());
        }
    }

    private static void assertStreams(Tokenizer tokenizer, int[] ids) {
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        StringBuilder streamed = new StringBuilder();
        for (int id : ids) {
            String part = decoder.add(id);
            assertFalse(!part.isEmpty() && Character.isHighSurrogate(part.charAt(part.length() - 1)));
            streamed.append(part);
        }
        assertEquals(tokenizer.decode(ids), streamed.append(decoder.finish()).toString(), "seed " + SEED);
    }

    @Test
    void aCharacterIsStreamedWithItsLastByte() {
        int[] ids = "猫".codePoints().flatMap(c -> {
            byte[] bytes = ByteAlphabet.utf8(c);
            return IntStream.range(0, bytes.length).map(i -> bytes[i]);
        }).map(b -> tokenizer.idOf(String.valueOf(ByteAlphabet.characterOf(b))).orElseThrow()).toArray();
        StreamingDecoder decoder = tokenizer.streamingDecoder();
        assertEquals("", decoder.add(ids[0]));
        assertEquals("", decoder.add(ids[1]));
        assertEquals("猫", decoder.add(ids[2]));
        assertEquals("", decoder.add(ids[0]));
        assertEquals("\uFFFD", decoder.finish());
    }

    @Test
    void spelledOutSpecialTokensAreTextUnlessTheCallerSaysWhere() {
        String text = "😀<|im_end|>x<|im_end|>";
        int special = tokenizer.idOf("<|im_end|>").orElseThrow();
        assertTrue(IntStream.of(tokenizer.encode(text).ids()).noneMatch(tokenizer::isSpecial));
        assertEquals(text, tokenizer.decode(tokenizer.encode(text).ids()));
        int[] first = tokenizer.encode(text, index -> index == 2).ids();
        assertEquals(1, IntStream.of(first).filter(id -> id == special).count());
        assertEquals("😀x<|im_end|>", tokenizer.decode(first));
        int[] both = tokenizer.encode(text, index -> true).ids();
        assertEquals(2, IntStream.of(both).filter(id -> id == special).count());
        assertEquals(text, tokenizer.decodeWithSpecial(both));
    }

    @Test
    void userTextNeverBecomesASpecialTokenInRealTokenizers() {
        for (String path : new String[] {"tokenizers/qwen2.5", "tokenizers/gpt2", "models/TinyStories-656K-hf",
            "goldens/hf/tokenizers/tiny-llama3style", "goldens/hf/tokenizers/tiny-addedtokens"}) {
            PipelineTokenizer read = Tokenizers.of(SharedData.at(path));
            Random random = new Random(SEED);
            int[] special = IntStream.range(0, read.vocabularySize()).filter(read::isSpecial).toArray();
            for (int i = 0; i < 200; i++) {
                String text = RandomText.of(random) + read.piece(special[random.nextInt(special.length)])
                        + RandomText.of(random);
                boolean hasUnknown = read.idOf("<unk>").isPresent();
                IntStream ids = IntStream.of(read.encode(text).ids());
                assertTrue(ids.noneMatch(id -> read.isSpecial(id)
                        && !(hasUnknown && id == read.idOf("<unk>").orElseThrow())), path + ": " + text);
            }
        }
    }

    @Test
    void unpairedSurrogatesBecomeReplacementCharacters() {
        assertEquals("a\uFFFDb\uFFFD", tokenizer.decode(tokenizer.encode("a\uD800b\uDC00").ids()));
    }

    @Test
    void idsOutsideTheVocabularyHaveNoPieceAndNoText() {
        assertThrows(IllegalArgumentException.class, () -> tokenizer.piece(-1));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.piece(tokenizer.vocabularySize()));
        assertEquals("", tokenizer.decode(-1, Integer.MAX_VALUE, tokenizer.vocabularySize()));
        assertArrayEquals(new int[0], tokenizer.encode("").ids());
        assertEquals("", tokenizer.decode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "\n", "1", "!", "猫", "😀", "\u0301", "e\u0301\u0323", "x ", "'", " \n", "a1!",
        "か\u3099", "\u0301\u0323\u0300\u0345", "ᅡ", "<|im_start|>", "<|", "</s>"})
    void longTextsOfAnythingTakeLinearTime(String unit) {
        assertFast(tokenizer, unit.repeat((1 << 18) / unit.length()));
        for (String path : new String[] {"goldens/hf/tokenizers/tiny-llama3style",
            "goldens/hf/tokenizers/tiny-bytefallback", "goldens/hf/tokenizers/tiny-qwenstyle"}) {
            assertFast(Tokenizers.of(SharedData.at(path)), unit.repeat((1 << 16) / unit.length()));
        }
    }

    @Test
    void aMegabyteWithoutABreakIsOneWordAndFast() {
        assertFast(tokenizer, "a".repeat(1 << 20));
        assertFast(tokenizer, "ab".repeat(1 << 19));
    }

    private static void assertFast(PipelineTokenizer tokenizer, String text) {
        assertTimeout(Duration.ofSeconds(15), () -> {
            Encoding encoding = tokenizer.encode(text);
            int length = text.codePointCount(0, text.length());
            assertEquals(length, encoding.ends()[encoding.length() - 1], 3);
            assertTrue(tokenizer.decode(encoding.ids()).length() >= length / 4);
        });
    }
}
