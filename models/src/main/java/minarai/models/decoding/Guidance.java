package minarai.models.decoding;

import java.util.List;

/// Makes the guide of each sequence that is generated.
@FunctionalInterface
public interface Guidance {

    /// @param sequence number of the sequence
    /// @param prompt   what is continued
    /// @param room     how many tokens there is place for
    /// @throws IllegalArgumentException if what is asked for does not fit into that
    Guide follow(int sequence, int[] prompt, int room);

    /// All of them, in this order.
    static Guidance of(List<Guidance> each) {
        return (sequence, prompt, room) -> new Several(each.stream().map(one -> one.follow(sequence, prompt, room))
                .toList());
    }

    /// Several guides as one.
    ///
    /// @param guides in the order in which they change logits
    record Several(List<Guide> guides) implements Guide {

        @Override
        public void shape(float[] logits) {
            guides.forEach(guide -> guide.shape(logits));
        }

        @Override
        public boolean isOpenAfter(int id) {
            boolean isOpen = true;
            for (Guide guide : guides) {
                isOpen &= guide.isOpenAfter(id);
            }
            return isOpen;
        }
    }
}
