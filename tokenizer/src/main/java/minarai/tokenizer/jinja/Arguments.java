package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The evaluated arguments of a call.
///
/// @param named by their names, which may be a user's where a mapping was spread
record Arguments(List<Value> positional, Map<String, Mapping.Entry> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    static Arguments of(Value... values) {
        return new Arguments(List.of(values), Map.of());
    }

    /// Gives each argument the name of its parameter.
    ///
    /// @param parameters the names in order; no argument may be left over
    Bound bind(Session session, String function, String... parameters) {
        if (positional.size() > parameters.length) {
            throw session.fault(function + " takes at most " + parameters.length + " arguments, not "
                    + positional.size());
        }
        var values = new HashMap<String, Value>();
        for (int i = 0; i < positional.size(); i++) {
            values.put(parameters[i], positional.get(i));
        }
        List<String> known = List.of(parameters);
        named.forEach((name, argument) -> {
            if (!known.contains(name)) {
                throw session.fault(function + " has no parameter '" + name + "'");
            }
            if (values.put(name, argument.value()) != null) {
                throw session.fault(function + " is given '" + name + "' twice");
            }
        });
        return new Bound(session, function, values);
    }

    /// The arguments without the first.
    Arguments rest() {
        return new Arguments(new ArrayList<>(positional.subList(1, positional.size())), named);
    }

    /// Arguments by the names of their parameters.
    record Bound(Session session, String function, Map<String, Value> values) {

        Optional<Value> find(String name) {
            return Optional.ofNullable(values.get(name));
        }

        /// Present and not `None`.
        Optional<Value> given(String name) {
            return find(name).filter(value -> !(value instanceof Value.None));
        }

        Value need(String name) {
            return find(name).orElseThrow(() -> session.fault(function + " needs '" + name + "'"));
        }

        boolean flag(String name, boolean otherwise) {
            return find(name).map(value -> Operators.isTrue(session, value)).orElse(otherwise);
        }

        Text text(String name) {
            return asText(name, need(name));
        }

        Optional<Text> textIfGiven(String name) {
            return given(name).map(value -> asText(name, value));
        }

        long whole(String name, long otherwise) {
            return find(name).map(value -> Operators.index(session, value)).orElse(otherwise);
        }

        private Text asText(String name, Value value) {
            if (value instanceof Text text) {
                return text;
            }
            throw session.fault(function + ": '" + name + "' must be a string, not " + Operators.type(value));
        }
    }
}
