package minarai.models;

import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.models.format.Checkpoint;
import minarai.models.format.ModelFolder;

/// Weights of a model folder: packed and frozen, or row-major and trained.
public final class CheckpointWeights implements Weights {

    private static final String EMBEDDING = "model.embed_tokens.weight";

    private final ModelFolder folder;
    private final Checkpoint checkpoint;
    private final int panelWidth;
    private final boolean isTrained;

    private CheckpointWeights(ModelFolder folder, int panelWidth, boolean isTrained) {
        this.folder = folder;
        checkpoint = folder.weights();
        this.panelWidth = panelWidth;
        this.isTrained = isTrained;
    }

    /// Weights that nothing can change, packed for these kernels.
    public static CheckpointWeights frozen(ModelFolder folder, Kernels kernels) {
        return new CheckpointWeights(folder, kernels.panelWidth(), false);
    }

    /// Weights that are all trained.
    public static CheckpointWeights trained(ModelFolder folder) {
        return new CheckpointWeights(folder, 1, true);
    }

    /// The name under which the folder stores a weight: of tied embeddings some hold the head only.
    static String storedName(ModelFolder folder, String name) {
        return name.equals(EMBEDDING) ? folder.config().embeddingName(folder.weights()) : name;
    }

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        String stored = storedName(folder, name);
        return isTrained ? Parameter.trained(name, checkpoint.readMatrix(stored))
                : Parameter.frozen(name, checkpoint.readPanels(stored, panelWidth));
    }

    @Override
    public Parameter vector(String name, int size) {
        var value = checkpoint.readMatrix(name);
        return isTrained ? Parameter.trained(name, value) : Parameter.frozen(name, value);
    }
}
