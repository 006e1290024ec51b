package minarai.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
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
    void aTenthIsHeldOutOfTenPairsOrMore() {
        assertEquals(0, Split.defaultShare(9));
        assertEquals(0.1, Split.defaultShare(10));
        assertEquals(0, Split.of(examples(40), 0, 1).validation().size());
        // 10,000 draws of chance 0.1 have a standard deviation of 30; five of them.
        assertEquals(1000, Split.of(examples(10_000), 0.1, 1).validation().size(), 150);
        assertThrows(IllegalArgumentException.class, () -> Split.of(examples(9), 0.6, 1));
    }

    @Test
    void theSplitIsPinnedAndIndependentOfRowOrder() {
        Split split = Split.of(examples(40), 0.1, 1);
        assertEquals(List.of("e3", "e5", "e7", "e8", "e26", "e27"), ids(split.validation()));
        assertEquals(Set.copyOf(ids(split.validation())),
                Set.copyOf(ids(Split.of(examples(40).reversed(), 0.1, 1).validation())));
        assertNotEquals(ids(split.validation()), ids(Split.of(examples(40), 0.1, 2).validation()));
    }

    @Test
    void oneQuestionIsNeverOnBothSides() {
        List<Example> paired = IntStream.range(0, 60)
                .mapToObj(i -> example("e" + i, (i % 2 == 0 ? "Question " : "question  ") + i / 2 + "?")).toList();
        for (long seed = 0; seed < 20; seed++) {
            Split split = Split.of(paired, 0.2, seed);
            Set<String> trained = split.training().stream().map(Example::question).collect(Collectors.toSet());
            assertTrue(split.validation().stream().noneMatch(example -> trained.contains(example.question())));
        }
    }

    @Test
    void noExampleDecidesWhereAnotherGoes() {
        for (long seed = 1; seed <= 5; seed++) {
            List<Example> all = examples(60);
            Set<String> held = Set.copyOf(ids(Split.of(all, 0.2, seed).validation()));
            for (Example out : all) {
                var rest = all.stream().filter(example -> example != out).toList();
                var expected = new HashSet<>(held);
                expected.remove(out.id());
                assertEquals(expected, Set.copyOf(ids(Split.of(rest, 0.2, seed).validation())), "seed " + seed);
            }
        }
    }

    /// Random data sets, some with ids and some without, some with repeated questions and contents; each pair of each
    /// is taken out.
    @Test
    void upToItsFirstStepARunWithoutAPairSeesTheSame() {
        for (long seed = 1; seed <= 30; seed++) {
            var random = new Random(seed);
            List<Example> all = randomExamples(random);
            int perStep = 1 + random.nextInt(6);
            List<Example> training = Split.of(all, 0.15, seed).training();
            if (training.size() < 2) {
                continue;
            }
            var deal = new Deal(seed, training, perStep);
            int steps = 3 * deal.stepsPerEpoch();
            for (Example out : all) {
                List<Example> rest = Split.of(all.stream().filter(example -> example != out).toList(), 0.15, seed)
                        .training();
                int first = deal.firstStepWith(Set.of(out.id()), steps).orElse(steps + 1);
                assertEquals(!training.contains(out), first == steps + 1, "seed " + seed + ", " + out.id());
                var without = new Deal(seed, rest, perStep);
                for (int step = 1; step < first; step++) {
                    assertEquals(ids(deal.of(step)), ids(without.of(step)), "seed " + seed + ", " + out.id());
                }
            }
        }
    }

    private static List<Example> randomExamples(Random random) {
        int count = 2 + random.nextInt(30);
        var examples = new ArrayList<Example>();
        for (int i = 0; i < count; i++) {
            examples.add(example("id " + random.nextInt(1000) + "-" + i, "Question " + random.nextInt(count)));
        }
        return examples;
    }

    @Test
    void everyStepOfADealIsKnownInAnyOrder() {
        var deal = new Deal(1, examples(10), 4);
        assertEquals(3, deal.stepsPerEpoch());
        List<List<String>> forwards = IntStream.rangeClosed(1, 9).mapToObj(step -> ids(deal.of(step))).toList();
        assertEquals(List.of(4, 4, 2, 4, 4, 2, 4, 4, 2), forwards.stream().map(List::size).toList());
        for (int step = 9; step >= 1; step--) {
            assertEquals(forwards.get(step - 1), ids(deal.of(step)));
        }
        assertEquals(ids(new EpochOrder(1).of(examples(10), 2)), forwards.subList(6, 9).stream().flatMap(List::stream)
                .toList());
    }

    @Test
    void wordsAreComparedWithoutTheirDress() {
        assertEquals("what is 2+2", Words.squeezed("  What\u3000is ２+2？ "));
        assertEquals(List.of("don", "t", "日", "本", "語", "テ", "naïve"), Words.of("Don't 日本語ﾃ naïve"));
        assertEquals("learning_rate", Names.nearest("learning_rat", List.of("rank", "learning_rate")).orElseThrow());
        assertTrue(Names.nearest("xyz", List.of("rank", "alpha")).isEmpty());
    }
}
