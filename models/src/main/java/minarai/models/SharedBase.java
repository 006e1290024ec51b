package minarai.models;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.engine.Storage;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;

/// One base in memory with any number of adapters beside it, one of which is chosen for each request.
///
/// Every network is built over the same packed weights, so an adapter costs its own matrices only. A network has
/// nothing that changes; sequences of different adapters may take turns, each with a cache of its own network.
public final class SharedBase {

    private final ModelFolder folder;
    private final Shared weights;
    private final int positions;
    private final LanguageModel bare;
    private final SequencedMap<String, LanguageModel> adapted = new LinkedHashMap<>();

    /// Weights that are read once and handed out as often as they are asked for.
    private record Shared(Weights source, SequencedMap<String, Parameter> read) implements Weights {
        @Override
        public Parameter matrix(String name, int rows, int columns) {
            return read.computeIfAbsent(name, each -> source.matrix(each, rows, columns));
        }

        @Override
        public Parameter vector(String name, int size) {
            return read.computeIfAbsent(name, each -> source.vector(each, size));
        }
    }

    /// @param folder    open while adapters are added
    /// @param storage   of the base in memory; where absent as it is stored
    /// @param positions the longest sequence that will be asked for
    public SharedBase(ModelFolder folder, Kernels kernels, Optional<Storage> storage, int positions) {
        this(folder, CheckpointWeights.frozen(folder, kernels, storage), positions);
    }

    /// @param source of the base's weights, each of which it is asked for once
    SharedBase(ModelFolder folder, Weights source, int positions) {
        this.folder = folder;
        this.positions = positions;
        weights = new Shared(source, new LinkedHashMap<>());
        bare = LanguageModel.of(folder.config(), weights, positions);
    }

    /// Puts an adapter beside the others.
    ///
    /// @param name what it is chosen by
    /// @throws IllegalArgumentException if there is an adapter of that name, or this one was made for another base
    public void add(String name, PeftFolder adapter) {
        if (name.isBlank() || adapted.containsKey(name)) {
            throw new IllegalArgumentException("adding the adapter '%s': %s".formatted(name, name.isBlank()
                    ? "it needs a name to be chosen by" : "there is one of that name already"));
        }
        ModelSource.requireBase(folder, adapter, Set.of());
        var placed = Adapter.frozen(adapter);
        var model = LanguageModel.of(folder.config(), new WithAdapters(weights, placed), positions);
        placed.requirePlaced(adapter);
        adapted.put(name, model);
    }

    /// Takes an adapter away; requests that run with it are not disturbed.
    public void remove(String name) {
        adapted.remove(name);
    }

    /// The names of the adapters, in the order in which they came.
    public SequencedSet<String> adapters() {
        return Collections.unmodifiableSequencedSet(adapted.sequencedKeySet());
    }

    /// The base by itself.
    public LanguageModel bare() {
        return bare;
    }

    /// The base with one of its adapters.
    ///
    /// @throws IllegalArgumentException if there is none of that name
    public LanguageModel with(String name) {
        return Optional.ofNullable(adapted.get(name)).orElseThrow(() -> new IllegalArgumentException(
                "there is no adapter %s; there are %s".formatted(name, adapted.keySet())));
    }
}
