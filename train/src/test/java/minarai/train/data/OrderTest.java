package minarai.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.tokenizer.chat.Message;
import org.junit.jupiter.api.Test;

class OrderTest {

    private static Example example(String id, String question) {
        return new Example(id, List.of(Message.user(question), Message.assistant("a")), "test:1");
    }

    private static List<Example> examples(int count) {
        return IntStream.range(0, count).mapToObj(i -> example("e" + i, "question " + i)).toList();
    }

    private static List<String> ids(List<Example> examples) {
        return examples.stream().map(Example::id).toList();
    }

    @Test
    void theOrderOfAnEpochIsPinned() {
        assertEquals(List.of("e3", "e1", "e2", "e0", "e5", "e4"), ids(new EpochOrder(1).of(examples(6), 0)));
        assertNotEquals(ids(new EpochOrder(1).of(examples(6), 0)), ids(new EpochOrder(1).of(examples(6), 1)));
        assertNotEquals(ids(new EpochOrder(1).of(examples(6), 0)), ids(new EpochOrder(2).of(examples(6), 0)));
    }

    @Test
    void rowOrderPlaysNoPartAndErasureLeavesTheOthersInOrder() {
        var order = new EpochOrder(3);
        List<String> all = ids(order.of(examples(50), 2));
        assertEquals(all, ids(order.of(examples(50).reversed(), 2)));
        assertEquals(new HashSet<>(ids(examples(50))), new HashSet<>(all));
        var without = new ArrayList<>(all);
        without.remove("e17");
        assertEquals(without, ids(order.of(examples(50).stream().filter(e -> !e.id().equals("e17")).toList(), 2)));
    }

    @Test
    void everyPlaceIsTakenAboutEquallyOften() {
        var sums = new int[10];
        for (int epoch = 0; epoch < 1000; epoch++) {
            List<String> ids = ids(new EpochOrder(5).of(examples(10), epoch));
            for (int i = 0; i < 10; i++) {
                sums[i] += ids.indexOf("e" + i);
            }
        }
        // The mean of 1000 uniform places 0..9 has a standard deviation of 2.87 / sqrt(1000) = 0.09; five of them.
        for (int sum : sums) {
            assertEquals(4.5, sum / 1000.0, 0.46);
        }
    }

    @Test
    void aTenthOfTenPairsOrMoreIsHeldOut() {
        assertEquals(0, Split.of(examples(9), 1).validation().size());
        assertEquals(1, Split.of(examples(10), 1).validation().size());
        assertEquals(4, Split.of(examples(40), 1).validation().size());
        assertEquals(36, Split.of(examples(40), 1).training().size());
        assertEquals(1, Split.of(examples(4), 0.1, 1).validation().size());
        assertEquals(0, Split.of(examples(40), 0, 1).validation().size());
        assertEquals(0, Split.of(examples(1), 0.5, 1).validation().size());
        assertThrows(IllegalArgumentException.class, () -> Split.of(examples(9), 0.6, 1));
    }

    @Test
    void theSplitIsPinnedAndIndependentOfRowOrder() {
        Split split = Split.of(examples(40), 1);
        assertEquals(List.of("e4", "e21", "e22", "e34"), ids(split.validation()));
        assertEquals(Set.copyOf(ids(split.validation())),
                Set.copyOf(ids(Split.of(examples(40).reversed(), 1).validation())));
        assertNotEquals(ids(split.validation()), ids(Split.of(examples(40), 2).validation()));
    }

    @Test
    void oneQuestionIsNeverOnBothSides() {
        List<Example> paired = IntStream.range(0, 60)
                .mapToObj(i -> example("e" + i, (i % 2 == 0 ? "Question " : "question  ") + i / 2 + "?")).toList();
        for (long seed = 0; seed < 20; seed++) {
            Split split = Split.of(paired, 0.2, seed);
            Set<String> trained = split.training().stream().map(Example::question).collect(Collectors.toSet());
            assertEquals(12, split.validation().size());
            assertTrue(split.validation().stream().noneMatch(example -> trained.contains(example.question())));
        }
        assertEquals(0, Split.of(List.of(example("a", "x"), example("b", "x")), 0.5, 1).validation().size());
    }

    @Test
    void wordsAreComparedWithoutTheirDress() {
        assertEquals("what is 2+2", Words.squeezed("  What\u3000is ２+2？ "));
        assertEquals(List.of("don", "t", "日", "本", "語", "テ", "naïve"), Words.of("Don't 日本語ﾃ naïve"));
        assertEquals("learning_rate", Names.nearest("learning_rat", List.of("rank", "learning_rate")).orElseThrow());
        assertTrue(Names.nearest("xyz", List.of("rank", "alpha")).isEmpty());
    }
}
