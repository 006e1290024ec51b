package minarai.models;

import minarai.engine.Kernels;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.models.format.Checkpoint;
import minarai.models.format.ModelFolder;

/// Weights of a model folder: packed and frozen, or row-major and trained.
public final class CheckpointWeights implements Weights {

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

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        String stored = folder.storedName(name);
        if (folder.config().isTransposed(name)) {
            Tensor weight = checkpoint.readTransposed(stored);
            return isTrained ? Parameter.trained(name, weight)
                    : Parameter.frozen(name, Panels.pack(weight, panelWidth));
        }
        return isTrained ? Parameter.trained(name, checkpoint.readMatrix(stored))
                : Parameter.frozen(name, checkpoint.readPanels(stored, panelWidth));
    }

    @Override
    public Parameter vector(String name, int size) {
        var value = checkpoint.readMatrix(folder.storedName(name));
        return isTrained ? Parameter.trained(name, value) : Parameter.frozen(name, value);
    }
}
