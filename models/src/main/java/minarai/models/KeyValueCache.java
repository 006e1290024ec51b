package minarai.models;

import java.util.Arrays;
import java.util.List;
import minarai.engine.Ops;
import minarai.engine.Span;
import minarai.engine.Tensor;

/// Keys and values of the tokens that several sequences have had so far, layer by layer.
///
/// Each sequence has a slot of `capacity` rows. [#next] says which tokens come now; the model then stores their keys
/// and values here and attends over all of the slot's rows.
public final class KeyValueCache {

    private static final KeyValueCache NONE = new KeyValueCache(0, 0, 0, 0);

    private final int capacity;
    private final int[] lengths;
    private final Tensor[] keys;
    private final Tensor[] values;

    /// @param columns features of all key-value heads together
    public KeyValueCache(int layers, int slots, int capacity, int columns) {
        this.capacity = capacity;
        lengths = new int[slots];
        keys = new Tensor[layers];
        values = new Tensor[layers];
        Arrays.setAll(keys, i -> Tensor.zeros(Math.multiplyExact(slots, capacity), columns));
        Arrays.setAll(values, i -> Tensor.zeros(Math.multiplyExact(slots, capacity), columns));
    }

    /// No cache: attention over the sequences at hand.
    public static KeyValueCache none() {
        return NONE;
    }

    /// Appends tokens to some of the sequences.
    ///
    /// @param slots     the sequences, each at most once
    /// @param sequences the new ids of each
    /// @throws IllegalArgumentException if a slot is full, named twice or not there, or a sequence is empty; nothing is
    ///         appended then
    public Tokens next(int[] slots, List<int[]> sequences) {
        requireFit(slots, sequences);
        int count = sequences.stream().mapToInt(ids -> ids.length).sum();
        int[] ids = new int[count];
        int[] positions = new int[count];
        int[] rows = new int[count];
        Span[] spans = new Span[slots.length];
        int first = 0;
        for (int s = 0; s < slots.length; s++) {
            int[] added = sequences.get(s);
            int before = lengths[slots[s]];
            for (int i = 0; i < added.length; i++) {
                ids[first + i] = added[i];
                positions[first + i] = before + i;
                rows[first + i] = slots[s] * capacity + before + i;
            }
            spans[s] = new Span(first, added.length, slots[s] * capacity, before + added.length);
            lengths[slots[s]] += added.length;
            first += added.length;
        }
        return new Tokens(ids, positions, spans, rows);
    }

    private void requireFit(int[] slots, List<int[]> sequences) {
        if (slots.length != sequences.size()) {
            throw new IllegalArgumentException("%d slots but %d sequences".formatted(slots.length, sequences.size()));
        }
        Tokens.requireTokens(sequences);
        boolean[] isNamed = new boolean[lengths.length];
        for (int s = 0; s < slots.length; s++) {
            int slot = slots[s];
            if (slot < 0 || slot >= lengths.length) {
                throw new IllegalArgumentException("slot %d of a cache of %d".formatted(slot, lengths.length));
            }
            if (isNamed[slot]) {
                throw new IllegalArgumentException("slot %d is named twice".formatted(slot));
            }
            isNamed[slot] = true;
            long after = lengths[slot] + (long) sequences.get(s).length;
            if (after > capacity) {
                throw new IllegalArgumentException("a text of %d tokens does not fit the %d that were planned for it"
                        .formatted(after, capacity));
            }
        }
    }

    /// How many tokens a sequence has had.
    public int length(int slot) {
        return lengths[slot];
    }

    /// What the layer's queries attend over.
    record KeysAndValues(Tensor keys, Tensor values) {
    }

    /// Stores the new keys and values and returns all of them; without a cache returns them as they are.
    KeysAndValues extend(Ops ops, int layer, Tensor newKeys, Tensor newValues, Tokens tokens) {
        if (keys.length == 0) {
            return new KeysAndValues(newKeys, newValues);
        }
        ops.store(newKeys, tokens.rows(), keys[layer]);
        ops.store(newValues, tokens.rows(), values[layer]);
        return new KeysAndValues(keys[layer], values[layer]);
    }
}
