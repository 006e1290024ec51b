package minarai.tokenizer.jinja;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Variables, over those of the scope around.
final class Scope {
    private final Optional<Scope> around;
    private final Map<String, Value> variables = new HashMap<>();

    private Scope(Optional<Scope> around) {
        this.around = around;
    }

    static Scope outermost(Map<String, Value> variables) {
        var scope = new Scope(Optional.empty());
        scope.variables.putAll(variables);
        return scope;
    }

    Scope inner() {
        return new Scope(Optional.of(this));
    }

    Optional<Value> find(String name) {
        for (Optional<Scope> scope = Optional.of(this); scope.isPresent(); scope = scope.get().around) {
            Value value = scope.get().variables.get(name);
            if (value != null) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    void put(String name, Value value) {
        variables.put(name, value);
    }
}
