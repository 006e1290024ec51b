package minarai.models.format;

/// How many numbers fit an array: what the kernels can hold as one tensor, with room for the filling of panels.
final class ArrayLimit {

    static final int ELEMENTS = Integer.MAX_VALUE - (1 << 16);

    private ArrayLimit() {
    }

    static int check(String source, StoredTensor tensor) {
        long elements = tensor.shape().elements();
        if (Math.max(elements, Math.max(tensor.shape().rows(), tensor.shape().columns())) > ELEMENTS) {
            throw new IllegalArgumentException("reading %s from %s: it holds %d numbers, and one tensor can hold %d"
                    .formatted(tensor, source, elements, ELEMENTS));
        }
        return (int) elements;
    }
}
