package minarai.engine.opencl;

/// How large a work-group of a device may be.
///
/// @param items      all its work-items
/// @param columns    work-items in the first dimension
/// @param rows       work-items in the second
/// @param localBytes its local memory
record GroupLimits(long items, long columns, long rows, long localBytes) {

    /// The largest group in a row, but no more than `wanted` items.
    int row(int wanted) {
        return (int) Math.max(1, Math.min(wanted, Math.min(items, columns)));
    }

    @Override
    public String toString() {
        return "work-groups of at most %d items, %d x %d, with %d bytes of local memory".formatted(items, columns, rows,
                localBytes);
    }
}
