package minarai.tokenizer;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.util.Arrays;

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
}
