package minarai.tokenizer.jinja;

import java.util.Arrays;
import java.util.List;

/// A list, a tuple, a range, or a view of a mapping.
record Sequence(Kind kind, List<Value> elements) implements Value {

    /// As Python tells them apart; a view has no index.
    enum Kind { LIST, TUPLE, RANGE, VIEW }

    Sequence {
        elements = List.copyOf(elements);
    }

    static Sequence list(List<? extends Value> elements) {
        return new Sequence(Kind.LIST, List.copyOf(elements));
    }

    static Sequence tuple(Value... elements) {
        return new Sequence(Kind.TUPLE, Arrays.asList(elements));
    }

    boolean isTuple() {
        return kind == Kind.TUPLE;
    }
}
