package minarai.train.check;

import java.util.List;
import minarai.tokenizer.chat.Rendering;

/// An example of more tokens than fit. Nothing is ever cut; allowed, the example is left out of training.
///
/// @param maxLength the most tokens of an example
public record TooLong(int maxLength) implements Check {

    static final String NAME = "too_long";

    @Override
    public List<Refusal> refusals(Material material) {
        return material.rendered()
                .filter(rendered -> rendered.rendering().ids().length > maxLength)
                .map(this::refusal)
                .toList();
    }

    private Refusal refusal(Rendered rendered) {
        Rendering rendering = rendered.rendering();
        int lost = 0;
        for (int i = maxLength; i < rendering.mask().length; i++) {
            lost += rendering.mask()[i] ? 1 : 0;
        }
        int length = rendering.ids().length;
        return new Refusal(NAME, rendered.example().id(), rendered.example().origin(),
                "%,d tokens are more than max_length=%,d, and %,d of the %,d targets would be cut off"
                        .formatted(length, maxLength, lost, rendering.targets()),
                "Set max_length=%d or more, or shorten the pair; allow=%s leaves it out".formatted(length, NAME));
    }
}
