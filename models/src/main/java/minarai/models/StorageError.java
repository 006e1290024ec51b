package minarai.models;

import minarai.engine.Panels;
import minarai.engine.Storage;
import minarai.models.format.Checkpoint;
import minarai.models.format.StoredTensor;

/// What is rounded when a stored matrix is stored otherwise in memory.
///
/// @param greatest greatest absolute difference of a number
/// @param relative root of the summed squared differences over that of the summed squares
public record StorageError(double greatest, double relative) {

    private static final int LEAST_PANEL = 2;

    /// Rounds the matrix row by row. Blocks that are stored as they shall be are not rounded again.
    ///
    /// @throws IllegalArgumentException if a number cannot be stored so
    public static StorageError of(Checkpoint checkpoint, StoredTensor tensor, Storage storage) {
        int columns = Math.toIntExact(tensor.shape().columns());
        if (storage.forColumns(columns) == CheckpointWeights.exact(tensor.type())) {
            return new StorageError(0, 0);
        }
        var exact = new float[columns];
        var rounded = new float[columns];
        double greatest = 0;
        double squares = 0;
        double all = 0;
        Panels panels = Panels.allocate(1, columns, LEAST_PANEL, storage);
        for (long row = 0; row < tensor.shape().rows(); row++) {
            checkpoint.readRows(tensor.name(), row, 1, exact, 0);
            panels.setRow(0, exact, 0);
            panels.copyRow(0, rounded, 0);
            for (int i = 0; i < columns; i++) {
                double difference = (double) rounded[i] - exact[i];
                greatest = Math.max(greatest, Math.abs(difference));
                squares += difference * difference;
                all += (double) exact[i] * exact[i];
            }
        }
        return new StorageError(greatest, Math.sqrt(squares / Math.max(all, Double.MIN_NORMAL)));
    }
}
