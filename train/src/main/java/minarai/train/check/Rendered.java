package minarai.train.check;

import java.util.List;
import java.util.Optional;
import minarai.tokenizer.chat.Misfit;
import minarai.tokenizer.chat.Rendering;
import minarai.train.data.Example;

/// An example as its author wrote it and as the model sees it.
///
/// @param rendering ids and mask of the same length, by the template of the run
/// @param misfits   what the template found wrong
public record Rendered(Example example, Rendering rendering, List<Misfit> misfits) {

    public Rendered {
        misfits = List.copyOf(misfits);
        if (rendering.ids().length != rendering.mask().length) {
            throw new IllegalStateException("%s: %d ids but a mask of %d".formatted(example.origin(),
                    rendering.ids().length, rendering.mask().length));
        }
    }

    /// A rendering with which nothing is wrong.
    public Rendered(Example example, Rendering rendering) {
        this(example, rendering, List.of());
    }

    /// A refusal of this example for the first misfit of a kind, if there is one.
    Optional<Refusal> refusal(Misfit.Kind kind, String override, String remedy) {
        return misfits.stream().filter(misfit -> misfit.kind() == kind).findFirst().map(misfit ->
                refusal(override, misfit.reason().replaceFirst("[.]$", ""), remedy));
    }

    Refusal refusal(String override, String reason, String remedy) {
        return new Refusal(override, example.id(), example.origin(), reason, remedy);
    }
}
