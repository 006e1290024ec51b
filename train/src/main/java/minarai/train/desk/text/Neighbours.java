package minarai.train.desk.text;

import it.unimi.dsi.fastutil.longs.LongArrays;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Which of many texts may be alike: those that agree in a whole band of their hashes, and in about as many of all
/// hashes.
public final class Neighbours {

    /// Members of a band's bucket before a text with which it is compared. Where a bucket is larger its members are
    /// alike, so that each meets one of its kind.
    private static final int COMPARED = 8;

    private final List<MinHash> texts = new ArrayList<>();

    /// Takes two texts by the order in which they were added, the earlier one first.
    @FunctionalInterface
    public interface Pairs {
        void pair(int earlier, int later);
    }

    /// Adds a text; without grams it is like no other.
    public void add(Grams grams) {
        texts.add(MinHash.of(grams));
    }

    /// All pairs whose estimated similarity is at least `least`, each once.
    ///
    /// @param least 0 to 1
    public void forEach(double least, Pairs pairs) {
        var seen = new LongOpenHashSet();
        for (int band = 0; band < MinHash.BANDS; band++) {
            long[] keys = keys(band);
            int start = 0;
            for (int at = 0; at < keys.length; at++) {
                start = at == 0 || keys[at] >> 32 != keys[start] >> 32 ? at : start;
                if (start < at - COMPARED) {
                    take((int) keys[start], (int) keys[at], least, seen, pairs);
                }
                for (int other = Math.max(start, at - COMPARED); other < at; other++) {
                    take((int) keys[other], (int) keys[at], least, seen, pairs);
                }
            }
        }
    }

    private void take(int earlier, int later, double least, LongOpenHashSet seen, Pairs pairs) {
        if (texts.get(earlier).similarity(texts.get(later)) >= least && seen.add((long) earlier << 32 | later)) {
            pairs.pair(earlier, later);
        }
    }

    /// The band's hash of every text above its number, sorted.
    private long[] keys(int band) {
        long[] keys = new long[texts.size()];
        int count = 0;
        for (int i = 0; i < keys.length; i++) {
            if (texts.get(i).least()[0] != Integer.MAX_VALUE) {
                keys[count++] = (long) texts.get(i).band(band) << 32 | i;
            }
        }
        long[] filled = Arrays.copyOf(keys, count);
        LongArrays.unstableSort(filled);
        return filled;
    }
}
