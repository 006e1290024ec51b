package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A dictionary that keeps the order of insertion. Keys are equal as in Python: `1`, `1.0` and `True` are one key.
public final class Mapping implements Value {
    private final Map<Object, Entry> entries;

    record Entry(Value key, Value value) {
    }

    private Mapping(Map<Object, Entry> entries) {
        this.entries = entries;
    }

    /// A mapping from strings that the program vouches for.
    public static Mapping of(Map<String, ? extends Value> values) {
        var entries = new LinkedHashMap<Object, Entry>();
        values.forEach((key, value) -> entries.put(key, new Entry(Text.trusted(key), value)));
        return new Mapping(entries);
    }

    static Mapping ofEntries(Session session, List<Entry> pairs) {
        var entries = new LinkedHashMap<Object, Entry>();
        for (Entry pair : pairs) {
            Object key = Operators.key(session, pair.key());
            Entry before = entries.get(key);
            entries.put(key, before == null ? pair : new Entry(before.key(), pair.value()));
        }
        session.spend(pairs.size());
        return new Mapping(entries);
    }

    static Mapping ofTextKeys(List<Entry> pairs) {
        var entries = new LinkedHashMap<Object, Entry>();
        pairs.forEach(pair -> entries.put(((Text) pair.key()).characters(), pair));
        return new Mapping(entries);
    }

    int size() {
        return entries.size();
    }

    /// @param key from [Operators#key]
    Optional<Value> find(Object key) {
        return Optional.ofNullable(entries.get(key)).map(Entry::value);
    }

    boolean contains(Object key) {
        return entries.containsKey(key);
    }

    List<Entry> entries() {
        return List.copyOf(entries.values());
    }

    Map<Object, Entry> keyed() {
        return entries;
    }

    List<Value> keys() {
        return entries.values().stream().map(Entry::key).toList();
    }

    List<Value> values() {
        return entries.values().stream().map(Entry::value).toList();
    }

    List<Value> items() {
        var items = new ArrayList<Value>();
        entries.values().forEach(entry -> items.add(Sequence.tuple(entry.key(), entry.value())));
        return items;
    }
}
