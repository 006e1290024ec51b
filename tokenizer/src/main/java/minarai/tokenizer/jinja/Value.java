package minarai.tokenizer.jinja;

import java.util.List;

/// What a template computes with: the values of Python that chat templates use.
public sealed interface Value
        permits Value.None, Value.Bool, Value.Whole, Value.Real, Value.Undefined, Text, Sequence, Mapping, Generator,
                Namespace, Function, Loop {

    /// `None`.
    record None() implements Value {
    }

    /// `True` or `False`; counts as 1 or 0.
    record Bool(boolean isTrue) implements Value {
    }

    /// An integer.
    record Whole(long number) implements Value {
    }

    /// A floating-point number.
    record Real(double number) implements Value {
    }

    /// A name, attribute or element that does not exist: empty when printed, an error when used.
    ///
    /// @param reason the error, e.g. `'x' is undefined`
    record Undefined(String reason) implements Value {
    }

    static Value none() {
        return new None();
    }

    static Value of(boolean isTrue) {
        return new Bool(isTrue);
    }

    static Value of(long number) {
        return new Whole(number);
    }

    static Value of(double number) {
        return new Real(number);
    }

    static Value list(List<? extends Value> elements) {
        return Sequence.list(elements);
    }
}
