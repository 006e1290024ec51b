package minarai.models.format;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Predicate;

/// Checks that a checkpoint holds the weights that a configuration asks for.
final class CheckpointFit {

    private CheckpointFit() {
    }

    /// Checks that the checkpoint has all needed tensors in their shapes, and no others but those passed over.
    ///
    /// @param typeName     the model's type, for messages
    /// @param isPassedOver which other tensors change nothing, by name
    static void requireExactly(Checkpoint checkpoint, Map<String, Shape> needed, Predicate<String> isPassedOver,
            String typeName) {
        needed.forEach((name, shape) -> requireTensor(checkpoint, name, shape));
        for (String name : checkpoint.names()) {
            if (!needed.containsKey(name) && !isPassedOver.test(name)) {
                throw new IllegalArgumentException(("checking %s: it holds the tensor %s, which a %s model of this "
                        + "configuration has no place for. Does config.json belong to these weights?")
                        .formatted(checkpoint.source(), checkpoint.tensor(name), typeName));
            }
        }
    }

    private static void requireTensor(Checkpoint checkpoint, String name, Shape shape) {
        var tensor = checkpoint.find(name).orElseThrow(() -> new IllegalArgumentException(
                "checking %s: the tensor %s (%s) is missing. Does config.json belong to these weights?"
                        .formatted(checkpoint.source(), name, shape)));
        if (!tensor.shape().equals(shape)) {
            throw new IllegalArgumentException(("checking %s: %s is %s, but config.json needs %s. Does config.json "
                    + "belong to these weights?").formatted(checkpoint.source(), name, tensor.shape(), shape));
        }
        TensorChannel.requireWeight(checkpoint.source(), tensor);
    }

    /// Checks that two tensors which the configuration ties, and which are both there, are one.
    static void requireEqual(Checkpoint checkpoint, String embedding, String head, Shape shape) {
        var left = new float[(int) shape.columns()];
        var right = new float[left.length];
        for (long row = 0; row < shape.rows(); row++) {
            checkpoint.readRows(embedding, row, 1, left, 0);
            checkpoint.readRows(head, row, 1, right, 0);
            if (!Arrays.equals(left, right)) {
                throw new IllegalArgumentException(("checking %s: config.json ties %s and %s (tie_word_embeddings), "
                        + "but row %d differs. Set tie_word_embeddings to false, or remove the one that is wrong")
                        .formatted(checkpoint.source(), embedding, head, row));
            }
        }
    }
}
