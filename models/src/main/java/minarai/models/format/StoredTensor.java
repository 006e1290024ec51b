package minarai.models.format;

/// What a checkpoint says of one tensor.
public record StoredTensor(String name, DataType type, Shape shape) {

    /// Its size in the file.
    ///
    /// @throws IllegalArgumentException if that is more than 2⁶³ - 1 bytes
    public long bytes() {
        long elements = shape.elements();
        if (elements > Long.MAX_VALUE / type.bytes()) {
            throw new IllegalArgumentException("tensor %s of shape %s is larger than any file".formatted(name, shape));
        }
        return elements * type.bytes();
    }

    @Override
    public String toString() {
        return "%s (%s, %s)".formatted(name, shape, type);
    }
}
