package minarai.train.check;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// Two beginning-of-text tokens in a row: the template writes one and the tokenizer adds another, and serving does not.
/// A template may begin each turn with one; where the same token also ends a turn, only the start of the text is looked
/// at.
///
/// @param start the id of the beginning-of-text token, where the model has one
/// @param ends  the ids at which generation stops
public record DoubleStart(OptionalInt start, Set<Integer> ends) implements Check {

    static final String NAME = "double_start";

    public DoubleStart {
        ends = Set.copyOf(ends);
    }

    @Override
    public List<Refusal> refusals(Material material) {
        if (start.isEmpty()) {
            return List.of();
        }
        return material.rendered()
                .filter(rendered -> isDoubled(rendered.rendering().ids()))
                .map(rendered -> new Refusal(NAME, rendered.example().id(), rendered.example().origin(),
                        "the beginning-of-text token %s stands twice in a row"
                                .formatted(material.tokenizer().piece(start.getAsInt())),
                        "Leave it out of the template, or of the text if it is spelled there (inspect mask)"))
                .toList();
    }

    private boolean isDoubled(int[] ids) {
        int id = start.getAsInt();
        int lastPlace = ends.contains(id) ? Math.min(1, ids.length - 1) : ids.length - 1;
        for (int i = 1; i <= lastPlace; i++) {
            if (ids[i] == id && ids[i - 1] == id) {
                return true;
            }
        }
        return false;
    }
}
