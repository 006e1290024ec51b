package minarai.models.decoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import minarai.engine.Philox;
import minarai.tokenizer.StreamingDecoder;
import org.junit.jupiter.api.Test;

class GuideTest {

    /// A decoder whose token `i` is the part `i`.
    private static StreamingDecoder parts(List<String> parts, String last) {
        return new StreamingDecoder() {
            @Override
            public String add(int id) {
                return parts.get(id);
            }

            @Override
            public String finish() {
                return last;
            }
        };
    }

    /// What a listener hears of a text that comes in parts.
    private static List<String> heard(List<String> parts, List<String> stops) {
        var heard = new ArrayList<String>();
        var stream = new TextStream(parts(parts, ""), stops, heard::add);
        int token = 0;
        while (token < parts.size() && stream.isOpenAfter(token)) {
            token++;
        }
        assertEquals(stream.finish(), String.join("", heard));
        return heard;
    }

    @Test
    void aTextEndsBeforeItsStopStringWhereverTokensBegin() {
        String text = "one two, three. STOP four";
        var stops = List.of(" STOP", "STOPS", "three!");
        var random = new Philox(5, 1);
        for (int round = 0; round < 300; round++) {
            var parts = new ArrayList<String>();
            for (int at = 0; at < text.length();) {
                int end = Math.min(text.length(), at + 1 + (int) (random.uniform(round, at) * 7));
                parts.add(text.substring(at, end));
                at = end;
            }
            assertEquals("one two, three.", String.join("", heard(parts, stops)), parts.toString());
        }
    }

    @Test
    void noPartOfAStopStringIsHeardBeforeItIsCertain() {
        assertEquals(List.of("ab"), heard(List.of("ab", "</", "s", ">", "more"), List.of("</s>")));
        assertEquals(List.of("ab", "</sx"), heard(List.of("ab", "</", "s", "x"), List.of("</s>")));
        assertEquals(List.of("ab", "</"), heard(List.of("ab", "<", "/"), List.of("</s>")), "said once nothing follows");
        assertEquals(List.of("a", "a"), heard(List.of("aa", "a", "b"), List.of("ab")),
                "a run is held as far as needed");
    }

    @Test
    void theFirstStopStringThatIsCompleteEndsTheText() {
        assertEquals(List.of("x"), heard(List.of("xabcd"), List.of("abcd", "abc")));
        assertEquals(List.of("xa"), heard(List.of("xabcd"), List.of("abcd", "bc")));
        assertEquals(List.of("x"), heard(List.of("xabc"), List.of("bc", "abc")), "of two that end there, the longer");
        assertThrows(IllegalArgumentException.class, () -> new TextStream(parts(List.of(), ""), List.of(""), _ -> { }));
    }

    @Test
    void whatTheDecoderHeldBackMayCompleteAStopString() {
        var heard = new ArrayList<String>();
        var stream = new TextStream(parts(List.of("abc."), "."), List.of(".."), heard::add);
        assertTrue(stream.isOpenAfter(0));
        assertEquals("abc", stream.finish());
        assertEquals(List.of("abc"), heard);
    }

    /// By hand, with a penalty of 2: 3 / 2, -1 * 2, what did not occur stays; what occurred twice counts once.
    @Test
    void aRepetitionPenaltyMakesWhatOccurredLessLikely() {
        var guide = new RepetitionPenalty(2).follow(0, new int[] {0, 1, 0}, 10);
        float[] logits = {3, -1, 4, -2};
        guide.shape(logits);
        assertArrayEquals(new float[] {1.5f, -2, 4, -2}, logits);
        assertTrue(guide.isOpenAfter(3));
        float[] next = {3, -1, 4, -2};
        guide.shape(next);
        assertArrayEquals(new float[] {1.5f, -2, 4, -4}, next);
        for (float unsound : new float[] {0, -1, Float.NaN, 101}) {
            assertThrows(IllegalArgumentException.class, () -> new RepetitionPenalty(unsound));
        }
    }

    @Test
    void aBiasIsAddedToItsToken() {
        float[] logits = {1, 2, 3};
        var bias = new LogitBias(Map.of(0, 5f, 2, -100f));
        Guidance.of(List.of(bias, new RepetitionPenalty(2))).follow(0, new int[] {0}, 5).shape(logits);
        assertArrayEquals(new float[] {3, 2, -97}, logits, "the bias comes before the penalty");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> new LogitBias(Map.of(3, 1f)).shape(logits))
                .getMessage().contains("ids run from 0 to 2"));
        assertThrows(IllegalArgumentException.class, () -> new LogitBias(Map.of(3, Float.NaN)));
    }

    @Test
    void severalGuidesEndASequenceTogether() {
        var calls = new ArrayList<Integer>();
        Guidance counting = (_, _, _) -> new Guide() {
            @Override
            public boolean isOpenAfter(int id) {
                calls.add(id);
                return id != 7;
            }
        };
        var both = Guidance.of(List.of(counting, counting)).follow(0, new int[0], 3);
        assertTrue(both.isOpenAfter(1));
        assertFalse(both.isOpenAfter(7));
        assertEquals(List.of(1, 1, 7, 7), calls, "each hears every token, though one before it ended the sequence");
    }
}
