package minarai.train.check;

import java.util.List;
import minarai.tokenizer.chat.Misfit;

/// The ids of the prompt, as serving will give it, are not the beginning of the ids of prompt and answer: the model
/// would be asked in another way than it was taught. Usually a blank at the end of the prompt melts into the answer's
/// first token. Allowed, the targets are the answer's words and the end token.
public record PromptPrefix() implements Check {

    static final String NAME = "prompt_prefix";

    @Override
    public List<Refusal> refusals(Material material) {
        return material.rendered()
                .flatMap(rendered -> rendered.refusal(Misfit.Kind.PROMPT_IS_NO_PREFIX, NAME,
                        "Change the template so that the prompt ends where the answer's first token begins "
                                + "(inspect mask)").stream())
                .toList();
    }
}
