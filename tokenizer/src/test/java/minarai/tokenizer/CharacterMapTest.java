package minarai.tokenizer;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

class CharacterMapTest {

    @Test
    void aStringOfTheMapIsReplacedAndNothingElse() {
        CharacterMap map = CharacterMap.of(ByteBuffer.wrap(SmallTokenizers.characterMap()));
        assertEquals(new CharacterMap.Match(1, "fi"), map.longest("aﬁb", 1));
        assertEquals(CharacterMap.Match.NONE, map.longest("aﬁb", 0));
        assertEquals(CharacterMap.Match.NONE, map.longest("ﬂ", 0));
        AlignedText text = new Normalizer.Precompiled(map).apply(AlignedText.of("aﬁ👩‍👩‍👧b"));
        assertEquals("afi👩‍👩‍👧b", text.text());
        assertEquals(1, text.start(2));
        assertEquals(2, text.end(2));
    }

    @Test
    void theMapOfARealModelIsNfkc() {
        PipelineTokenizer tokenizer = Tokenizers.of(SharedData.at("tokenizers/sentencepiece-tests/test_model.model"));
        CharacterMap map = ((SentencePieceNormalizer) tokenizer.parts().normalizer()).map();
        var normalizer = new Normalizer.Precompiled(map);
        for (String text : new String[] {"ＫＡＤＯＫＡＷＡABC", "㍻", "①②", "ｶ", "plain", "½"}) {
            assertEquals(java.text.Normalizer.normalize(text, java.text.Normalizer.Form.NFKC),
                    normalizer.apply(AlignedText.of(text)).text());
        }
    }

    @Test
    void aMapThatIsCutOrLeadsOutsideIsRefused() {
        byte[] map = SmallTokenizers.characterMap();
        for (int length : new int[] {1, 3, 4, 7, 100, 4 * 1024}) {
            assertThrows(IllegalArgumentException.class,
                    () -> CharacterMap.of(ByteBuffer.wrap(Arrays.copyOf(map, length))));
        }
        CharacterMap withoutEnd = CharacterMap.of(ByteBuffer.wrap(Arrays.copyOf(map, map.length - 1)));
        assertThrows(IllegalArgumentException.class, () -> withoutEnd.longest("ﬁ", 0));
    }

    @Test
    void aMapThatLeadsRoundInACircleOrReplacesByTooMuchIsRefused() {
        int[] units = new int[1024];
        units[0] = 256 << 10;
        units[256 ^ 'a'] = 'a' << 10 | 'a';
        ByteBuffer circle = ByteBuffer.allocate(4 + 4 * units.length).order(ByteOrder.LITTLE_ENDIAN)
                .putInt(4 * units.length);
        IntStream.of(units).forEach(circle::putInt);
        CharacterMap round = CharacterMap.of(circle.flip());
        assertEquals(CharacterMap.Match.NONE, round.longest("a".repeat(Vocabulary.LONGEST_PIECE), 0));
        assertThrows(IllegalArgumentException.class, () -> round.longest("a".repeat(5000), 0));
        byte[] small = SmallTokenizers.characterMap();
        byte[] large = Arrays.copyOf(small, small.length + 5000);
        Arrays.fill(large, small.length - 1, large.length - 1, (byte) 'f');
        assertThrows(IllegalArgumentException.class, () -> CharacterMap.of(ByteBuffer.wrap(large)).longest("ﬁ", 0));
    }
}
