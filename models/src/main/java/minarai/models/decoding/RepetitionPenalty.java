package minarai.models.decoding;

import java.util.BitSet;

/// Makes tokens that occurred, in the prompt too, less likely: a positive logit is divided by the penalty, a negative
/// one multiplied by it, once a token.
///
/// @param penalty above 0; 1 changes nothing, 1.2 is common
/// @see <a href="https://arxiv.org/abs/1909.05858">Keskar et al. 2019, section 4.1</a>
public record RepetitionPenalty(float penalty) implements Guidance {

    /// @throws IllegalArgumentException if the penalty is not above 0 and at most 100
    public RepetitionPenalty {
        if (!(penalty > 0 && penalty <= 100)) {
            throw new IllegalArgumentException("a repetition penalty is above 0 and at most 100, not " + penalty);
        }
    }

    @Override
    public Guide follow(int sequence, int[] prompt, int room) {
        var seen = new BitSet();
        for (int id : prompt) {
            seen.set(id);
        }
        return new Seen(penalty, seen);
    }

    private record Seen(float penalty, BitSet ids) implements Guide {

        @Override
        public void shape(float[] logits) {
            for (int id = ids.nextSetBit(0); id >= 0 && id < logits.length; id = ids.nextSetBit(id + 1)) {
                logits[id] = logits[id] > 0 ? logits[id] / penalty : logits[id] * penalty;
            }
        }

        @Override
        public boolean isOpenAfter(int id) {
            ids.set(id);
            return true;
        }
    }
}
