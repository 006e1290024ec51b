package minarai.eval.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import minarai.eval.metric.MultipleChoice.Measure;
import minarai.eval.metric.MultipleChoice.Option;
import org.junit.jupiter.api.Test;

/// Golden values computed with sacrebleu 2.6.0 and the reference implementation of ROUGE, and facts by hand.
class PublishedValuesTest {

    private static final List<String> ANSWERS = List.of("the cat is on the mat", "there is a cat on the mat");
    private static final List<List<String>> REFERENCES = List.of(List.of("the cat sat on the mat"),
            List.of("there is a cat on the mat today"));

    @Test
    void rougeOfTheCat() {
        for (var expected : List.of(List.of(Rouge.Kind.ONE, .8333), List.of(Rouge.Kind.TWO, .6),
                List.of(Rouge.Kind.L, .8333))) {
            var metric = Rouge.customary((Rouge.Kind) expected.getFirst());
            assertEquals((double) expected.getLast(), metric.score("the cat was on the mat",
                    List.of("the cat sat on the mat")), 5e-5, metric.name());
        }
    }

    @Test
    void rougeLsumTakesTheUnionOverSentences() {
        var reference = List.of("a b c d e\nf g h");
        String answer = "f g h\na b x d e";
        assertEquals(.5, Rouge.customary(Rouge.Kind.L).score(answer, reference), 1e-12);
        assertEquals(.875, Rouge.customary(Rouge.Kind.LSUM).score(answer, reference), 1e-12);
    }

    @Test
    void theCustomaryRougeIsBlindToJapaneseAndOursAreNot() {
        String text = "猫がマットの上にいる";
        assertEquals(0, Rouge.customary(Rouge.Kind.ONE).score(text, List.of(text)));
        assertEquals(1, Rouge.unspaced(Rouge.Kind.L, Words.CHARACTERS).score(text, List.of(text)));
        assertEquals(1, Rouge.unspaced(Rouge.Kind.TWO, Words.JAPANESE).score(text, List.of(text)));
        assertEquals("rougeL|tok:ja-script|stem:no|count:clipped|score:f1|refs:max|version:1",
                Rouge.unspaced(Rouge.Kind.L, Words.JAPANESE).signature());
    }

    @Test
    void japaneseIsCutWhereTheScriptChanges() {
        assertEquals(List.of("猫", "が", "マット", "の", "上", "にいる", "。"), Words.JAPANESE.of("猫がマットの上にいる。"));
        assertEquals(List.of("2026", "年", "api", "を", "使", "う"), Words.JAPANESE.of("２０２６年 APIを使う"));
        assertEquals(List.of("人々", "コーヒー"), Words.JAPANESE.of("人々ｺｰﾋｰ"));
    }

    @Test
    void bleuOfTwoSentences() {
        assertEquals(67.82, 100 * Bleu.corpus().score(ANSWERS, REFERENCES), 5e-3);
        assertEquals("nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp", Bleu.corpus().corpusSignature("1"));
        assertEquals(37.9918, 100 * Bleu.sentence(Words.MTEVAL).score(ANSWERS.getFirst(), REFERENCES.getFirst()), 5e-5);
    }

    @Test
    void chrFOfTwoSentences() {
        assertEquals(72.95, 100 * CharacterF.chrF().score(ANSWERS, REFERENCES), 5e-3);
        assertEquals(75.14, 100 * CharacterF.plusPlus().score(ANSWERS, REFERENCES), 5e-3);
    }

    @Test
    void japaneseIsScoredByCharacters() {
        String answer = "猫がマットの上にいる";
        var reference = List.of("猫はマットの上に座った");
        assertEquals(48.62, 100 * Bleu.sentence(Words.CHARACTERS).score(answer, reference), 5e-3);
        assertEquals(41.07, 100 * CharacterF.chrF().score(answer, reference), 5e-3);
    }

    @Test
    void stemsAreThoseOfPorter() {
        var expected = List.of("caresses caress", "ponies poni", "ties tie", "cats cat", "feed feed", "agreed agre",
                "plastered plaster", "motoring motor", "sing sing", "conflated conflat", "hopping hop", "falling fall",
                "filing file", "happy happi", "sky sky", "relational relat", "conditional condit",
                "vietnamization vietnam",
                "operator oper", "hopefulness hope", "triplicate triplic", "electrical electr", "goodness good",
                "revival reviv", "adjustment adjust", "adoption adopt", "controll control", "roll roll", "rate rate",
                "cease ceas", "dying die", "generalizations gener", "oscillators oscil", "enjoy enjoy");
        for (String pair : expected) {
            String[] words = pair.split(" ");
            assertEquals(words[1], PorterStemmer.stem(words[0]), words[0]);
        }
        assertEquals(1, Rouge.stemmed(Rouge.Kind.L).score("the cats were running", List.of("the cat were run")), 1e-12);
    }

    @Test
    void passAtKIsTheUnbiasedEstimate() {
        assertEquals(.3, new PassAtK(1).of(10, 3), 1e-12);
        assertEquals(.916667, new PassAtK(5).of(10, 3), 5e-7);
        assertEquals(1, new PassAtK(5).of(10, 6));
        assertEquals(0, new PassAtK(5).of(10, 0));
        assertThrows(IllegalArgumentException.class, () -> new PassAtK(11).of(10, 3));
    }

    @Test
    void theChoiceDependsOnWhatItIsDividedBy() {
        var question = new MultipleChoice(List.of(new Option("no", -4), new Option("certainly not", -9),
                new Option("いいえ、違う", -8.5)), List.of(1));
        assertEquals(0, question.choice(Measure.ACC));
        assertEquals(1, question.choice(Measure.ACC_NORM));
        assertEquals(2, question.choice(Measure.ACC_BYTES));
        assertFalse(question.isRight(Measure.ACC));
        assertTrue(question.isRight(Measure.ACC_NORM));
        assertEquals(StrictMath.exp(-9) / (StrictMath.exp(-4) + StrictMath.exp(-9) + StrictMath.exp(-8.5)),
                question.rightMass(), 1e-12);
        assertEquals(List.of("Question:", " \nyes"), MultipleChoice.movedBlanks("Question: \n", "yes"));
    }

    @Test
    void tokensAreMatchedWithTheMostAlike() {
        float[][] answer = {{2, 0}, {0, 3}};
        float[][] reference = {{1, 1}};
        double cosine = Math.sqrt(.5);
        assertEquals(new Overlap(cosine, cosine).f1(), EmbeddingSimilarity.match(answer, reference).f1(), 1e-12);
        var same = EmbeddingSimilarity.of(List.of(new float[][] {{1, 0}}, new float[][] {{0, 1}}),
                List.of(new float[][] {{3, 0}}, new float[][] {{0, 1}}), 1);
        assertEquals(new EmbeddingSimilarity(1, 0), same);
    }

    @Test
    void aModelIsUnshiftedAgainstItself() {
        float[] logits = {1, 3, 2, 3, -1};
        assertEquals(new TokenShift(1, 0, 0, 0), TokenShift.at(logits, logits));
        var shift = TokenShift.at(logits, new float[] {1, 0, 9, 0, 0});
        assertEquals(1, shift.marginal());
        assertTrue(shift.divergence() > 0);
        var far = TokenShift.at(logits, new float[] {0, 0, 0, 0, 1});
        assertEquals(1, far.shifted());
        assertEquals(.5, TokenShift.at(logits, logits).plus(far).changed());
        // KL of (3/4, 1/4) from (1/2, 1/2).
        float[] tuned = {(float) Math.log(3), 0};
        assertEquals(.75 * Math.log(1.5) + .25 * Math.log(.5), TokenShift.at(new float[2], tuned).divergence(), 1e-7);
    }

    @Test
    void consistencyCountsPairsOfAnswers() {
        var consistency = Consistency.of(List.of(List.of("Yes.", "yes", "no"), List.of("４２", "42")),
                Normalisation.unspaced());
        assertEquals((1 / 3.0 + 1) / 2, consistency.agreement(), 1e-12);
        assertEquals(.5, consistency.unanimous());
        assertEquals((2 / 3.0 + 1) / 2, consistency.majority(), 1e-12);
    }

    @Test
    void refusalsAreSeenInBothLanguages() {
        assertTrue(Refusal.isRefusal("I’m sorry, but I can’t help with that."));
        assertTrue(Refusal.isRefusal("申し訳ございませんが、そのご質問にはお答えできません。"));
        assertFalse(Refusal.isRefusal("The baker opens at nine."));
        assertFalse(Refusal.isRefusal("パン屋は九時に開きます。"));
        assertEquals(.5, Refusal.of(List.of("As an AI, I must decline.", "At nine.")).rate());
        assertEquals(1, new RefusalMatch(true).score("I must decline.", List.of()));
        assertEquals(0, new RefusalMatch(false).score("I must decline.", List.of()));
        assertTrue(Refusal.signature().endsWith("version:" + Refusal.VERSION));
    }
}
