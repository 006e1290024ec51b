package minarai.models;

import java.util.Optional;
import minarai.engine.Kernels;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import minarai.models.format.Checkpoint;
import minarai.models.format.DataType;
import minarai.models.format.ModelFolder;

/// Weights of a model folder: packed and frozen, or row-major and trained.
public final class CheckpointWeights implements Weights {

    private final ModelFolder folder;
    private final Checkpoint checkpoint;
    private final int panelWidth;
    private final Optional<Storage> storage;
    private final boolean isTrained;

    private CheckpointWeights(ModelFolder folder, int panelWidth, Optional<Storage> storage, boolean isTrained) {
        this.folder = folder;
        checkpoint = folder.weights();
        this.panelWidth = panelWidth;
        this.storage = storage;
        this.isTrained = isTrained;
    }

    /// Weights that nothing can change, packed for these kernels and stored as in the folder: bf16 stays bf16.
    public static CheckpointWeights frozen(ModelFolder folder, Kernels kernels) {
        return frozen(folder, kernels, Optional.empty());
    }

    /// Weights that nothing can change, packed for these kernels.
    ///
    /// @param storage of matrices; where absent the smallest that holds the folder's numbers exactly
    public static CheckpointWeights frozen(ModelFolder folder, Kernels kernels, Optional<Storage> storage) {
        return new CheckpointWeights(folder, kernels.panelWidth(), storage, false);
    }

    /// Weights that are all trained.
    public static CheckpointWeights trained(ModelFolder folder) {
        return new CheckpointWeights(folder, 1, Optional.empty(), true);
    }

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        String stored = folder.storedName(name);
        if (folder.config().isTransposed(name)) {
            Tensor weight = checkpoint.readTransposed(stored);
            return isTrained ? Parameter.trained(name, weight)
                    : Parameter.frozen(name, Panels.pack(weight, panelWidth, storage.orElse(exact(stored))));
        }
        return isTrained ? Parameter.trained(name, checkpoint.readMatrix(stored))
                : Parameter.frozen(name, checkpoint.readPanels(stored, panelWidth, storage.orElse(exact(stored))));
    }

    private Storage exact(String stored) {
        return checkpoint.tensor(stored).type() == DataType.BF16 ? Storage.BF16 : Storage.F32;
    }

    @Override
    public Parameter vector(String name, int size) {
        var value = checkpoint.readMatrix(folder.storedName(name));
        return isTrained ? Parameter.trained(name, value) : Parameter.frozen(name, value);
    }
}
