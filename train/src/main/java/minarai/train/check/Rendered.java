package minarai.train.check;

import minarai.tokenizer.chat.Rendering;
import minarai.train.data.Example;

/// An example as its author wrote it and as the model sees it.
///
/// @param rendering ids and mask of the same length, by the template of the run
public record Rendered(Example example, Rendering rendering) {

    public Rendered {
        if (rendering.ids().length != rendering.mask().length) {
            throw new IllegalStateException("%s: %d ids but a mask of %d".formatted(example.origin(),
                    rendering.ids().length, rendering.mask().length));
        }
    }
}
