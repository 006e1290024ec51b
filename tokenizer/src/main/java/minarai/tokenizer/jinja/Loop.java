package minarai.tokenizer.jinja;

import java.util.List;
import java.util.Optional;

/// The variable `loop`.
final class Loop implements Value {
    private final List<Value> items;
    private final int depth;
    private final Optional<Function> recursion;
    private int index;
    private Optional<Value> lastChange = Optional.empty();

    Loop(List<Value> items, int depth, Optional<Function> recursion) {
        this.items = items;
        this.depth = depth;
        this.recursion = recursion;
    }

    void at(int index) {
        this.index = index;
    }

    Optional<Function> recursion() {
        return recursion;
    }

    Value attribute(String name) {
        return switch (name) {
            case "index" -> Value.of(index + 1L);
            case "index0" -> Value.of((long) index);
            case "revindex" -> Value.of((long) items.size() - index);
            case "revindex0" -> Value.of(items.size() - index - 1L);
            case "first" -> Value.of(index == 0);
            case "last" -> Value.of(index == items.size() - 1);
            case "length" -> Value.of((long) items.size());
            case "depth" -> Value.of((long) depth);
            case "depth0" -> Value.of(depth - 1L);
            case "previtem" -> neighbour(index - 1, "there is no previous item");
            case "nextitem" -> neighbour(index + 1, "there is no next item");
            case "cycle" -> new Function("loop.cycle", this::cycle);
            case "changed" -> new Function("loop.changed", this::changed);
            default -> new Undefined("'loop' has no attribute '" + name + "'");
        };
    }

    private Value neighbour(int at, String reason) {
        return at >= 0 && at < items.size() ? items.get(at) : new Undefined(reason);
    }

    private Value cycle(Session session, Arguments arguments) {
        List<Value> values = arguments.positional();
        if (values.isEmpty()) {
            throw session.fault("loop.cycle needs values to cycle through");
        }
        return values.get(index % values.size());
    }

    private Value changed(Session session, Arguments arguments) {
        Value now = new Sequence(Sequence.Kind.TUPLE, arguments.positional());
        boolean isChanged = lastChange.isEmpty() || !Operators.equal(session, lastChange.get(), now);
        lastChange = Optional.of(now);
        return Value.of(isChanged);
    }
}
