package minarai.train.check;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.chat.Misfit;

/// Two beginning-of-text tokens in a row: the template writes one and the tokenizer adds another, and serving does not.
/// A template may begin each turn with one; where the same token also ends a turn, only the start of the text is looked
/// at.
///
/// @param start the id of the beginning-of-text token, where the model has one
/// @param ends  the ids at which generation stops
public record DoubleStart(OptionalInt start, Set<Integer> ends) implements Check {

    static final String NAME = "double_start";
    private static final String REMEDY =
            "Leave it out of the template, or of the text if it is spelled there (inspect mask)";

    public DoubleStart {
        ends = Set.copyOf(ends);
    }

    @Override
    public List<Refusal> refusals(Material material) {
        return material.rendered()
                .flatMap(rendered -> rendered.refusal(Misfit.Kind.DOUBLE_START, NAME, REMEDY)
                        .or(() -> refusal(rendered, material.tokenizer())).stream())
                .toList();
    }

    private Optional<Refusal> refusal(Rendered rendered, Tokenizer tokenizer) {
        return start.isEmpty() || !isDoubled(rendered.rendering().ids(), start.getAsInt()) ? Optional.empty()
                : Optional.of(rendered.refusal(NAME, "the beginning-of-text token %s stands twice in a row"
                .formatted(tokenizer.piece(start.getAsInt())), REMEDY));
    }

    private boolean isDoubled(int[] ids, int id) {
        int lastPlace = ends.contains(id) ? Math.min(1, ids.length - 1) : ids.length - 1;
        for (int i = 1; i <= lastPlace; i++) {
            if (ids[i] == id && ids[i - 1] == id) {
                return true;
            }
        }
        return false;
    }
}
