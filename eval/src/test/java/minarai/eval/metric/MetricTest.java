package minarai.eval.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class MetricTest {

    @Test
    void squadIgnoresCaseArticlesPunctuationAndBlanks() {
        assertEquals(1, ExactMatch.squad().score(" The  Cat.\n", List.of("cat")));
        assertEquals(0, ExactMatch.keepingArticles().score("The Cat.", List.of("cat")));
        assertEquals(1, ExactMatch.keepingArticles().score("The Cat.", List.of("the cat")));
    }

    @Test
    void articlesInsideWordsStay() {
        assertEquals("theatre banana", Normalisation.squad().apply("The theatre: a banana"));
        assertEquals("été theß", Normalisation.squad().apply("an été theß"));
    }

    @Test
    void theBestReferenceCounts() {
        assertEquals(1, ExactMatch.squad().score("seven", List.of("7", "seven")));
        assertEquals(1, TokenF1.squad().score("seven", List.of("7", "seven")));
    }

    @Test
    void f1CountsRepeatedTokensOnce() {
        assertEquals(2.0 * (2.0 / 3) * (2.0 / 4) / (2.0 / 3 + 2.0 / 4),
                TokenF1.squad().score("red red green", List.of("red green blue black")), 1e-15);
    }

    @Test
    void emptyEqualsEmptyOnly() {
        assertEquals(1, TokenF1.squad().score("the", List.of("a.")));
        assertEquals(0, TokenF1.squad().score("", List.of("cat")));
        assertEquals(0, TokenF1.squad().score("cat", List.of("")));
    }

    @Test
    void japaneseIsComparedByCharacters() {
        assertEquals(0, TokenF1.squad().score("猫がマットの上にいる", List.of("猫はマットの上に座った")));
        // 10 and 11 characters; 猫, マ, ッ, ト, の, 上, に in common.
        assertEquals(2.0 * 7 / 21, TokenF1.unspaced().score("猫がマットの上にいる", List.of("猫はマットの上に座った")), 1e-15);
        assertEquals(1, ExactMatch.unspaced().score("「１２番地」。", List.of("12番地")));
        assertEquals(1, TokenF1.unspaced().score("𠮷野家", List.of("𠮷 野 家")));
    }

    @Test
    void signaturesNameWhatDecidesTheScore() {
        assertEquals("exact_match|case:lower|punct:no-ascii|articles:no|blanks:one|refs:max|version:1",
                ExactMatch.squad().signature());
        assertEquals("f1|unicode:nfkc|case:lower|punct:no-unicode|blanks:no|tok:char|empty:equal|refs:max|version:1",
                TokenF1.unspaced().signature());
        assertNotEquals(ExactMatch.squad().signature(), ExactMatch.keepingArticles().signature());
        assertEquals("exact_match|as-is|refs:max|version:1", new ExactMatch(Normalisation.none()).signature());
    }

    @Test
    void anAnswerWithoutReferenceIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> ExactMatch.squad().score("cat", List.of()));
    }

    @Test
    void bitsPerByteAndPerplexityFollowTheirFormulas() {
        var likelihood = new Likelihood(-120, 40, 80);
        assertEquals(2.16404, likelihood.bitsPerByte(), 5e-6);
        assertEquals(StrictMath.exp(3), likelihood.perplexity(), 1e-12);
        assertEquals(likelihood, new Likelihood(-100, 30, 50).plus(new Likelihood(-20, 10, 30)));
    }

    @Test
    void impossibleLikelihoodsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Likelihood(Double.NaN, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Likelihood(3, 1, 1));
        assertThrows(IllegalArgumentException.class, () -> Likelihood.none().bitsPerByte());
    }
}
