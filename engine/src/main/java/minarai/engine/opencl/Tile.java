package minarai.engine.opencl;

import java.util.List;

/// How a product is cut: a work-group computes `rows x columns` outputs, an item `itemRows x itemColumns` of them, and
/// the depth goes through local memory in stretches. No tile changes a bit of the product.
///
/// @param depth how much of the depth lies in local memory at once
public record Tile(int rows, int columns, int depth, int itemRows, int itemColumns) {

    /// What shape a product has, and the tiles that are tried for it, the first that fits for a device that
    /// was not tuned. The last of each is a single row of items, for devices that take no more.
    public enum Shape {
        /// One or two rows, as in decoding.
        ROW(new Tile(2, 64, 32, 2, 1), new Tile(2, 128, 32, 2, 1), new Tile(2, 32, 64, 2, 1),
                new Tile(2, 256, 16, 2, 1), new Tile(2, 32, 8, 2, 1)),
        /// Few rows, as the gradients of adapters, and decoding side by side.
        FLAT(new Tile(16, 64, 16, 4, 2), new Tile(16, 64, 32, 4, 1), new Tile(16, 32, 32, 2, 2),
                new Tile(8, 128, 16, 4, 2), new Tile(8, 32, 8, 8, 1)),
        /// Few columns, as what goes down into adapters.
        TALL(new Tile(64, 16, 16, 2, 4), new Tile(64, 8, 32, 2, 2), new Tile(32, 16, 32, 2, 2),
                new Tile(128, 8, 16, 4, 2), new Tile(8, 16, 8, 8, 1)),
        /// Everything else.
        WIDE(new Tile(64, 64, 16, 4, 4), new Tile(128, 64, 16, 8, 4), new Tile(128, 128, 8, 8, 8),
                new Tile(64, 64, 8, 8, 4), new Tile(32, 32, 16, 4, 2), new Tile(8, 32, 8, 8, 1));

        private final List<Tile> candidates;

        Shape(Tile... candidates) {
            this.candidates = List.of(candidates);
        }

        static Shape of(int rows, int columns) {
            return rows <= 2 ? ROW : rows <= 16 ? FLAT : columns <= 16 ? TALL : WIDE;
        }

        /// Those that fit into a work-group and its local memory.
        List<Tile> candidates(GroupLimits limits) {
            return candidates.stream().filter(tile -> tile.fits(limits)).toList();
        }
    }

    int groupColumns() {
        return columns / itemColumns;
    }

    int groupRows() {
        return rows / itemRows;
    }

    private boolean fits(GroupLimits limits) {
        return (long) groupColumns() * groupRows() <= limits.items() && groupColumns() <= limits.columns()
                && groupRows() <= limits.rows() && 4L * depth * (rows + columns + 2) <= limits.localBytes();
    }

    /// The definitions by which a kernel is built for it.
    String options() {
        return " -DTILE_ROWS=%d -DTILE_COLUMNS=%d -DDEPTH=%d -DITEM_ROWS=%d -DITEM_COLUMNS=%d".formatted(rows, columns,
                depth, itemRows, itemColumns);
    }

    @Override
    public String toString() {
        return "%d,%d,%d,%d,%d".formatted(rows, columns, depth, itemRows, itemColumns);
    }
}
