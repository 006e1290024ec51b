package minarai.models.format;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import minarai.models.format.Relaid.Layout;
import minarai.models.format.Relaid.Place;

/// A GGUF file as a model: its configuration, its weights as a model folder would hold them, and its vocabulary.
record GgufModel(ModelConfig config, Checkpoint weights, Optional<StoredVocabulary> vocabulary) {

    /// @throws IllegalArgumentException      if it is not a sound GGUF file of a supported model
    /// @throws java.io.UncheckedIOException if it cannot be read
    static GgufModel open(Path path) {
        var file = GgufFile.open(path);
        boolean isSound = false;
        try {
            var config = GgufConfig.read(GgufConfig.Source.of(file));
            var places = places(config);
            requireKnown(file, places);
            var model = new GgufModel(config, new Relaid(file, places), StoredVocabulary.of(file));
            isSound = true;
            return model;
        } catch (IllegalArgumentException unsound) {
            String sentence = unsound.getMessage();
            throw new IllegalArgumentException(sentence.startsWith("reading ") ? sentence
                    : "reading %s: %s".formatted(path, sentence), unsound);
        } finally {
            if (!isSound) {
                file.close();
            }
        }
    }

    /// Where GGUF stores the weights of a model.
    static Map<String, Place> places(ModelConfig config) {
        var architecture = GgufArchitecture.of(config);
        var places = new HashMap<String, Place>();
        for (String name : config.tensors().keySet()) {
            GgufNames.of(architecture, name).ifPresent(stored -> places.put(name, new Place(stored,
                    layout(architecture, config, name))));
        }
        return places;
    }

    private static Layout layout(GgufArchitecture architecture, ModelConfig config, String name) {
        if (config.isTransposed(name)) {
            return new Layout.Transposed();
        }
        if (architecture.isGemma() && name.endsWith("norm.weight")) {
            return new Layout.OneMore();
        }
        boolean isTurning = name.contains(".q_proj.") || name.contains(".k_proj.");
        return architecture.hasRotaryPairs() && isTurning && config instanceof LlamaConfig llama
                ? new Layout.Pairs(llama.headSize()) : new Layout.Same();
    }

    private static void requireKnown(GgufFile file, Map<String, Place> places) {
        Set<String> known = new HashSet<>(Set.of(GgufNames.ROTARY_FACTORS));
        places.values().forEach(place -> known.add(place.name()));
        for (String name : file.names()) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("it holds the tensor %s, which a model of its architecture has no "
                        .formatted(file.tensor(name)) + "place for");
            }
        }
    }
}
