package minarai.lab.town;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import org.junit.jupiter.api.Test;

class RandomStreamTest {
    @Test
    void theNumbersAreThoseOfPublishedSplitMix64() {
        RandomStream random = RandomStream.of(1_234_567);
        List.of("6457827717110365317", "3203168211198807973", "9817491932198370423", "4593380528125082431",
                "16408922859458223821").forEach(number -> assertEquals(Long.parseUnsignedLong(number), random.next()));
    }

    @Test
    void anotherSeedPurposeOrIndexIsAnotherStream() {
        long first = RandomStream.of(1, "a", 0).next();
        assertEquals(first, RandomStream.of(1, "a", 0).next());
        assertNotEquals(first, RandomStream.of(2, "a", 0).next());
        assertNotEquals(first, RandomStream.of(1, "b", 0).next());
        assertNotEquals(first, RandomStream.of(1, "a", 1).next());
    }

    @Test
    void aShuffleFindsEveryOrderAboutEquallyOften() {
        var counts = new HashMap<List<Integer>, Integer>();
        RandomStream random = RandomStream.of(7, "shuffle", 0);
        for (int i = 0; i < 6_000; i++) {
            counts.merge(random.shuffled(List.of(1, 2, 3)), 1, Integer::sum);
        }
        assertEquals(6, counts.size());
        // 1,000 expected with a standard deviation of 29; five of them either way.
        counts.forEach((order, count) ->
                assertTrue(Math.abs(count - 1_000) < 145, order + " came " + count + " times"));
    }

    @Test
    void aChanceIsMetAboutAsOftenAsItSays() {
        RandomStream random = RandomStream.of(7, "chance", 0);
        int hits = 0;
        for (int i = 0; i < 10_000; i++) {
            hits += random.chance(0.25) ? 1 : 0;
        }
        // Standard deviation 43; five of them either way.
        assertTrue(Math.abs(hits - 2_500) < 215, hits + " of 10,000");
    }
}
