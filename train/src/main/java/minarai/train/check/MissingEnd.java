package minarai.train.check;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.chat.Misfit;

/// Where the end token is not the last target, the model never learns to stop. Blank tokens that a template trains
/// after the end, such as ChatML's line feed, do no harm.
///
/// @param ends the ids at which generation stops
public record MissingEnd(Set<Integer> ends) implements Check {

    static final String NAME = "missing_end";
    private static final String REMEDY =
            "Use a template that ends the assistant's turn with the end token (inspect mask)";

    public MissingEnd {
        ends = Set.copyOf(ends);
    }

    @Override
    public List<Refusal> refusals(Material material) {
        Tokenizer tokenizer = material.tokenizer();
        return material.rendered()
                .filter(rendered -> rendered.rendering().targets() > 0)
                .flatMap(rendered -> rendered.refusal(Misfit.Kind.NO_END, NAME, REMEDY)
                        .or(() -> refusal(rendered, lastTarget(rendered, tokenizer), tokenizer)).stream())
                .toList();
    }

    private Optional<Refusal> refusal(Rendered rendered, int last, Tokenizer tokenizer) {
        if (ends.contains(last)) {
            return Optional.empty();
        }
        String expected = ends.stream().sorted().map(tokenizer::piece).collect(Collectors.joining(" or "));
        return Optional.of(rendered.refusal(NAME,
                "the last target is %s and not the end token%s, so the model would not learn to stop"
                .formatted(tokenizer.piece(last), expected.isEmpty() ? " (none is known)" : " " + expected), REMEDY));
    }

    private static int lastTarget(Rendered rendered, Tokenizer tokenizer) {
        int[] ids = rendered.rendering().ids();
        boolean[] mask = rendered.rendering().mask();
        int last = -1;
        for (int i = ids.length - 1; i >= 0; i--) {
            if (!mask[i]) {
                continue;
            }
            last = last < 0 ? ids[i] : last;
            boolean isBlank = !tokenizer.isSpecial(ids[i]) && tokenizer.decode(ids[i]).isBlank();
            if (!isBlank) {
                return ids[i];
            }
        }
        return last;
    }
}
