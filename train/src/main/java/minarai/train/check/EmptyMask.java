package minarai.train.check;

import java.util.List;

/// An example without a single target teaches nothing, and its loss is 0/0.
public record EmptyMask() implements Check {

    static final String NAME = "empty_mask";

    @Override
    public List<Refusal> refusals(Material material) {
        return material.rendered()
                .filter(rendered -> rendered.rendering().targets() == 0)
                .map(rendered -> new Refusal(NAME, rendered.example().id(), rendered.example().origin(),
                        "none of the %d tokens is a target".formatted(rendered.rendering().ids().length),
                        "See that the template renders the assistant's turns (inspect mask)"))
                .toList();
    }
}
