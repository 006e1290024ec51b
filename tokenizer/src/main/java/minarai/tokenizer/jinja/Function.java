package minarai.tokenizer.jinja;

/// Something to call: a global, a method bound to its object, a macro.
record Function(String name, Body body) implements Value {

    /// What a call does.
    @FunctionalInterface
    interface Body {
        Value call(Session session, Arguments arguments);
    }
}
