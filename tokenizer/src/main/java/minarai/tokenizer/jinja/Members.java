package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `value.name`, `value[index]` and `value[a:b:c]`.
final class Members {

    private Members() {
    }

    /// `value.name`: a method of the value first, then its element, as in Python's Jinja.
    static Value attribute(Session session, Value value, String name) {
        session.spend(1);
        return switch (value) {
            case Value.Undefined undefined -> throw session.fault(undefined.reason());
            case Namespace namespace -> namespace.get(name);
            case Loop loop -> loop.attribute(name);
            case Function function when name.equals("name") -> Text.trusted(function.name());
            default -> {
                Optional<Value> method = Methods.find(value, name);
                yield method.isPresent() ? method.get()
                        : value instanceof Mapping mapping ? mapping.find(name).orElseGet(() -> missing(value, name))
                        : missing(value, name);
            }
        };
    }

    /// `value[key]`: an element first, then the attribute of that name.
    static Value element(Session session, Value value, Value key) {
        session.spend(1);
        if (value instanceof Value.Undefined undefined) {
            throw session.fault(undefined.reason());
        }
        if (value instanceof Mapping mapping && isKey(key)) {
            Optional<Value> found = mapping.find(Operators.key(session, key));
            if (found.isPresent()) {
                return found.get();
            }
        }
        if (key instanceof Text name) {
            return value instanceof Mapping ? Methods.find(value, name.characters())
                    .orElseGet(() -> missing(value, name.characters())) : attribute(session, value, name.characters());
        }
        if (Operators.isWhole(key)) {
            long index = Operators.index(session, key);
            if (value instanceof Text text) {
                return characterAt(session, text, index);
            }
            if (value instanceof Sequence sequence && sequence.kind() != Sequence.Kind.VIEW) {
                List<Value> elements = sequence.elements();
                long at = index < 0 ? index + elements.size() : index;
                return at >= 0 && at < elements.size() ? elements.get((int) at)
                        : new Value.Undefined("there is no element " + index + " in " + Operators.type(value));
            }
        }
        return new Value.Undefined(Operators.type(value) + " has no such element");
    }

    private static boolean isKey(Value key) {
        return !(key instanceof Mapping) && (!(key instanceof Sequence sequence) || sequence.isTuple());
    }

    private static Value missing(Value value, String name) {
        return new Value.Undefined(Operators.type(value) + " has no attribute '" + name + "'");
    }

    private static Value characterAt(Session session, Text text, long index) {
        String characters = text.characters();
        boolean isFlat = Strings.isFlat(session, characters);
        long length = isFlat ? characters.length() : Strings.codePoints(session, characters);
        long at = index < 0 ? index + length : index;
        if (at < 0 || at >= length) {
            return new Value.Undefined("there is no character " + index + " in the string");
        }
        int start = isFlat ? (int) at : characters.offsetByCodePoints(0, (int) at);
        return text.substring(start, start + Character.charCount(characters.codePointAt(start)));
    }

    static Value slice(Session session, Value value, Optional<Long> start, Optional<Long> stop, Optional<Long> step) {
        return switch (value) {
            case Text text -> {
                boolean isStraight = step.orElse(1L) == 1 && Strings.isFlat(session, text.characters());
                if (isStraight) {
                    int from = (int) bound(start, 0, text.length(), 0, text.length());
                    int to = (int) bound(stop, text.length(), text.length(), 0, text.length());
                    session.spend(Math.max(0, to - from));
                    yield text.substring(from, Math.max(from, to));
                }
                yield Formats.joined(session, Text.EMPTY,
                        slice(session, Strings.characters(session, text), start, stop, step.orElse(1L)));
            }
            case Sequence sequence when sequence.kind() != Sequence.Kind.VIEW -> new Sequence(sequence.kind(),
                    slice(session, sequence.elements(), start, stop, step.orElse(1L)));
            case Value.Undefined undefined -> throw session.fault(undefined.reason());
            default -> throw session.fault(Operators.type(value) + " cannot be sliced");
        };
    }

    private static List<Value> slice(Session session, List<Value> elements, Optional<Long> start, Optional<Long> stop,
            long step) {
        if (step == 0) {
            throw session.fault("the step of a slice must not be 0");
        }
        int size = elements.size();
        boolean isForward = step > 0;
        long lowest = isForward ? 0 : -1;
        long highest = isForward ? size : size - 1L;
        long from = bound(start, isForward ? 0 : size - 1L, size, lowest, highest);
        long to = bound(stop, isForward ? size : -1, size, lowest, highest);
        var result = new ArrayList<Value>();
        long stride = Math.clamp(step, -size - 1L, size + 1L);
        for (long i = from; isForward ? i < to : i > to; i += stride) {
            result.add(elements.get((int) i));
        }
        session.spend(result.size());
        return result;
    }

    private static long bound(Optional<Long> given, long otherwise, long size, long lowest, long highest) {
        return given.map(index -> Math.clamp(index < 0 ? Math.max(index, -size - 1) + size : index, lowest, highest))
                .orElse(otherwise);
    }
}
