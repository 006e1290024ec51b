package minarai.models.format;

/// What a checkpoint says of one tensor.
public record StoredTensor(String name, DataType type, Shape shape) {

    /// Its size in the file.
    ///
    /// @throws IllegalArgumentException if that is more than 2⁶³ - 1 bytes, or its rows do not divide into blocks
    public long bytes() {
        if (shape.columns() % type.block() != 0) {
            throw new IllegalArgumentException(("tensor %s of shape %s has rows that do not divide into the blocks of "
                    + "%s, %d").formatted(name, shape, type, type.block()));
        }
        long blocks = shape.elements() / type.block();
        if (blocks > Long.MAX_VALUE / type.bytes()) {
            throw new IllegalArgumentException("tensor %s of shape %s is larger than any file".formatted(name, shape));
        }
        return blocks * type.bytes();
    }

    /// The size of one row in the file, where rows divide into blocks.
    long rowBytes() {
        return shape.columns() / type.block() * type.bytes();
    }

    @Override
    public String toString() {
        return "%s (%s, %s)".formatted(name, shape, type);
    }
}
