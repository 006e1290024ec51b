package minarai.models;

import java.util.Optional;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.engine.Storage;
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

    /// Weights that nothing can change, packed for these kernels and stored as in the folder: bf16 stays bf16, q8_0 and
    /// q4_0 stay what they are.
    public static CheckpointWeights frozen(ModelFolder folder, Kernels kernels) {
        return frozen(folder, kernels, Optional.empty());
    }

    /// Weights that nothing can change, packed for these kernels.
    ///
    /// @param storage of matrices; where absent the smallest that holds the folder's numbers exactly,
    ///                which for the other quantized types of GGUF is f32
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
            return isTrained ? Parameter.trained(name, checkpoint.readTransposed(stored))
                    : Parameter.frozen(name, checkpoint.readTransposedPanels(stored, panelWidth, storage(stored)));
        }
        return isTrained ? Parameter.trained(name, checkpoint.readMatrix(stored))
                : Parameter.frozen(name, checkpoint.readPanels(stored, panelWidth, storage(stored)));
    }

    private Storage storage(String stored) {
        return storage.orElseGet(() -> exact(checkpoint.tensor(stored).type()));
    }

    /// The smallest storage that holds the numbers of a type exactly.
    public static Storage exact(DataType type) {
        return switch (type) {
            case BF16 -> Storage.BF16;
            case Q8_0 -> Storage.Q8_0;
            case Q4_0 -> Storage.Q4_0;
            case Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K, F16, F32, BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16, U16, I32,
                    U32, C64, F64, I64, U64 -> Storage.F32;
        };
    }

    @Override
    public Parameter vector(String name, int size) {
        var value = checkpoint.readMatrix(folder.storedName(name));
        return isTrained ? Parameter.trained(name, value) : Parameter.frozen(name, value);
    }
}
