package minarai.models.format;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// The sizes of a stored tensor, outermost first. No sizes at all is a single number.
public record Shape(List<Long> sizes) {

    private static final int MAX_RANK = 16;

    /// @throws IllegalArgumentException if a size is negative, there are too many, or their product exceeds 2⁶³ - 1
    public Shape {
        sizes = List.copyOf(sizes);
        if (sizes.size() > MAX_RANK) {
            throw new IllegalArgumentException("a shape has %d sizes; at most %d are read"
                    .formatted(sizes.size(), MAX_RANK));
        }
        product(sizes);
    }

    /// The shape of a vector: one size; of a matrix: rows, columns.
    public static Shape of(long... sizes) {
        return new Shape(Arrays.stream(sizes).boxed().toList());
    }

    /// How many numbers the tensor holds.
    public long elements() {
        return product(sizes);
    }

    /// The rows of the tensor seen as a matrix: its first size, or 1 for a vector.
    public long rows() {
        return sizes.size() < 2 ? 1 : sizes.getFirst();
    }

    /// The columns of the tensor seen as a matrix: the product of the sizes after the first, or a vector's only one.
    public long columns() {
        return sizes.size() < 2 ? elements() : product(sizes.subList(1, sizes.size()));
    }

    private static long product(List<Long> sizes) {
        long product = 1;
        for (long size : sizes) {
            if (size < 0) {
                throw new IllegalArgumentException("a shape has the negative size " + size);
            }
            if (Math.multiplyHigh(product, size) != 0 || product * size < 0) {
                throw new IllegalArgumentException("the shape %s is larger than any file".formatted(text(sizes)));
            }
            product *= size;
        }
        return product;
    }

    private static String text(List<Long> sizes) {
        return sizes.isEmpty() ? "scalar" : sizes.stream().map(String::valueOf).collect(Collectors.joining(" x "));
    }

    /// For people: `896 x 4864`.
    @Override
    public String toString() {
        return text(sizes);
    }
}
