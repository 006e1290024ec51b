package minarai.train.check;

import java.util.List;
import java.util.Optional;
import minarai.tokenizer.chat.Misfit;

/// An answer without a single target teaches nothing, and the loss of an example without any is 0/0. Allowed, the
/// example is left out of training.
public record EmptyMask() implements Check {

    static final String NAME = "empty_mask";

    @Override
    public List<Refusal> refusals(Material material) {
        return material.rendered()
                .flatMap(rendered -> refusal(rendered).stream())
                .toList();
    }

    private static Optional<Refusal> refusal(Rendered rendered) {
        return rendered.refusal(Misfit.Kind.NO_TARGET, NAME, "Put the assistant's words inside {% generation %} … "
                + "{% endgeneration %}, or leave the blocks out of the template (inspect mask)")
                .or(() -> rendered.rendering().targets() > 0 ? Optional.empty()
                        : Optional.of(rendered.refusal(NAME,
                        "none of the %d tokens is a target".formatted(rendered.rendering().ids().length),
                        "See that the template renders the assistant's turns (inspect mask)")));
    }
}
