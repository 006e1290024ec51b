package minarai.tokenizer.jinja;

import java.util.HashMap;
import java.util.Map;

/// The one thing a template may change: `{% set ns.name = value %}`.
final class Namespace implements Value {
    private final Map<String, Value> attributes = new HashMap<>();

    void put(String name, Value value) {
        attributes.put(name, value);
    }

    Value get(String name) {
        return attributes.getOrDefault(name, new Undefined("the namespace has no attribute '" + name + "'"));
    }
}
