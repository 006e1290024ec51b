package minarai.eval.robust;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RobustnessTest {

    private static final String QUESTION = "Where does the old baker of the town sell his bread on market days?";

    @Test
    void aPerturbationIsTheSameEveryTimeAndKeepsTheLetters() {
        String typos = Perturbation.TYPOS.apply(QUESTION, "q1", List.of(), 7).orElseThrow();
        assertEquals(typos, Perturbation.TYPOS.apply(QUESTION, "q1", List.of(), 7).orElseThrow());
        assertNotEquals(typos, Perturbation.TYPOS.apply(QUESTION, "q2", List.of(), 7).orElseThrow());
        assertEquals(sorted(QUESTION), sorted(typos));
        assertTrue(Perturbation.TYPOS.apply("町のパン屋はどこでパンを売っていますか", "q", List.of(), 1).isPresent());
    }

    @Test
    void whatCannotBePutOtherwiseIsLeftOut() {
        assertEquals(Optional.empty(), Perturbation.PARAPHRASE.apply(QUESTION, "q", List.of(), 1));
        assertEquals(Optional.empty(), Perturbation.UPPER_CASE.apply("パン屋", "q", List.of(), 1));
        assertEquals("else", Perturbation.PARAPHRASE.apply(QUESTION, "q", List.of("else"), 1).orElseThrow());
        for (var perturbation : Perturbation.values()) {
            assertEquals(perturbation, Perturbation.named(perturbation.label()));
        }
        assertThrows(IllegalArgumentException.class, () -> Perturbation.named("noise"));
    }

    @Test
    void theLongContextIsLongAndInTheQuestionsLanguage() {
        assertTrue(Perturbation.LONG_CONTEXT.apply(QUESTION, "q", List.of(), 1).orElseThrow().length() > 2000);
        assertTrue(Perturbation.LONG_CONTEXT.apply("パン屋は?", "q", List.of(), 1).orElseThrow().startsWith("川は"));
        assertTrue(Perturbation.INJECTION.apply("パン屋は?", "q", List.of(), 1).orElseThrow().contains("無視"));
    }

    @Test
    void aCounterfactualSwapsWholeWordsBothWays() {
        var swaps = Map.of("he", "she", "his", "her");
        assertEquals("The chef says her sister and he know", Perturbation.counterfactual(
                "The chef says his sister and she know", swaps).orElseThrow());
        assertEquals(Optional.empty(), Perturbation.counterfactual("The theme", swaps));
        assertEquals("彼女は医者です", Perturbation.counterfactual("彼は医者です", Map.of("彼は", "彼女は")).orElseThrow());
    }

    @Test
    void theWorstCaseIsCountedByItem() {
        var robustness = Robustness.of(List.of(scored("a", "", "x", 1), scored("a", "typos", "y", 0),
                scored("a", "upper_case", "x", 1), scored("b", "", "x", 1), scored("b", "typos", "x", 1),
                scored("b", "upper_case", "z", 0)));
        assertEquals(1, robustness.plain());
        assertEquals(0, robustness.worst());
        var typos = robustness.effects().get("typos");
        assertEquals(List.of(.5, -.5, .5), List.of(typos.score(), typos.change().value(), typos.changed()));
        assertEquals(2, typos.change().clusters());
        var together = Robustness.of(List.of(new Robustness.Scored("a", "c", "", "x", 1),
                new Robustness.Scored("b", "c", "", "x", 1), new Robustness.Scored("a", "c", "typos", "y", 0),
                new Robustness.Scored("b", "c", "typos", "y", 0))).effects().get("typos").change();
        assertEquals(1, together.clusters());
        assertEquals(1, together.interval().high(), "of one cluster nothing is known");
        assertThrows(IllegalArgumentException.class, () -> Robustness.of(List.of(scored("a", "typos", "x", 1))));
        assertThrows(IllegalArgumentException.class, () -> Robustness.of(List.of()));
    }

    private static Robustness.Scored scored(String id, String perturbation, String answer, double score) {
        return new Robustness.Scored(id, id, perturbation, answer, score);
    }

    private static String sorted(String text) {
        return text.chars().sorted().collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
