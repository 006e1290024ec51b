package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// Values that can be read once, as Python's generators: what `map`, `select` and their kin return.
final class Generator implements Value {
    private final Iterator<Value> rest;

    Generator(List<Value> values) {
        this.rest = values.iterator();
    }

    Optional<Value> next() {
        return rest.hasNext() ? Optional.of(rest.next()) : Optional.empty();
    }

    List<Value> drain() {
        var values = new ArrayList<Value>();
        rest.forEachRemaining(values::add);
        return values;
    }
}
