package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/// Text cut into runs becomes what the whole text becomes.
class UnicodeFormTest {

    /// Some that compose with a starter: Hangul consonants, a syllable without a final, vowels of Kirat Rai.
    private static final int[] COMPOSING = {0x1100, 0x3131, 0xAC00, 0x16D63, 0x16D67};

    private static final int[] ASSIGNED = IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
            .filter(c -> Character.isDefined(c) && Character.getType(c) != Character.PRIVATE_USE
                    && Character.getType(c) != Character.SURROGATE).toArray();

    @ParameterizedTest
    @EnumSource(Form.class)
    void everyCharacterAloneAndAfterOthersBecomesWhatTheStandardSays(Form form) {
        assertNormalized(form, Character::toString);
        assertNormalized(form, c -> Normalizer.normalize(Character.toString(c), Form.NFD));
        for (int before : COMPOSING) {
            assertNormalized(form, c -> Character.toString(before) + Character.toString(c));
        }
    }

    @Test
    void aComposedSyllableBeginsWhereItsConsonantDoes() {
        AlignedText text = UnicodeForm.apply(Form.NFKC, AlignedText.of("ㅋㅋㅋㅠㅏ"));
        assertEquals("ᄏᄏ큐ᅡ", text.text());
        assertEquals(List.of(0, 1, 2, 4), IntStream.range(0, 4).map(text::start).boxed().toList());
    }

    /// Compares what one text of all characters becomes, each of them on a line of its own.
    private static void assertNormalized(Form form, IntFunction<String> spelling) {
        String text = IntStream.of(ASSIGNED).mapToObj(spelling).collect(Collectors.joining("\n"));
        List<String> expected = Normalizer.normalize(text, form).lines().toList();
        List<String> actual = UnicodeForm.apply(form, AlignedText.of(text)).text().lines().toList();
        assertTrue(expected.size() > 150_000);
        for (int i = 0; i < expected.size(); i++) {
            if (!expected.get(i).equals(actual.get(i))) {
                assertEquals(escaped(expected.get(i)), escaped(actual.get(i)), form.toString());
            }
        }
        assertEquals(expected.size(), actual.size());
    }

    private static String escaped(String text) {
        return text.codePoints().mapToObj("U+%04X"::formatted).collect(Collectors.joining(" "));
    }
}
