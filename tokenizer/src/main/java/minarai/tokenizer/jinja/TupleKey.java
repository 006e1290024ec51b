package minarai.tokenizer.jinja;

import java.util.List;

/// What stands for a tuple among the keys of a mapping. Keys have an order, by which a mapping finds those whose hashes
/// a hostile template made equal.
///
/// @param keys of the elements, from [Operators#key]
record TupleKey(List<Object> keys) implements Comparable<TupleKey> {

    @Override
    public int compareTo(TupleKey other) {
        int order = Integer.compare(keys.size(), other.keys.size());
        for (int i = 0; i < keys.size() && order == 0; i++) {
            order = compare(keys.get(i), other.keys.get(i));
        }
        return order;
    }

    /// Those of one type by their order, if it has one; others by the names of their types.
    private static int compare(Object left, Object right) {
        return switch (left) {
            case String text when right instanceof String other -> text.compareTo(other);
            case Long number when right instanceof Long other -> number.compareTo(other);
            case Double number when right instanceof Double other -> number.compareTo(other);
            case TupleKey tuple when right instanceof TupleKey other -> tuple.compareTo(other);
            default -> left.getClass().getName().compareTo(right.getClass().getName());
        };
    }
}
