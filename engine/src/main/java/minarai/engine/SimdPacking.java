package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;

/// Copies stretches of operands into the order in which the tiles read them. What a panel holds beyond its matrix's
/// last column is undefined: those products are never stored.
final class SimdPacking {

    private static final int TOGETHER = 4;

    private SimdPacking() {
    }

    /// Packs `rows` rows side by side for each depth: element (row, depth) of the tile goes to `to + depth * rows +
    /// row`.
    ///
    /// @param at      where the tile's first element lies in `data`
    /// @param stride  distance of two rows
    static void rows(float[] data, int at, int stride, int rows, int depth, float[] target, int to) {
        int i = 0;
        if (rows <= LANES) {
            // A block is written in whole vectors; what they write past their row is overwritten by the next.
            for (; i + LANES <= depth && (i + LANES - 1) * rows + LANES <= depth * rows; i += LANES) {
                Transposition.block(data, at + i, stride, rows, target, to + i * rows, rows);
            }
        }
        for (int r = 0; r < rows; r++) {
            int source = at + r * stride;
            for (int d = i, out = to + i * rows + r; d < depth; d++, out += rows) {
                target[out] = data[source + d];
            }
        }
    }

    /// As [#rows] for several tiles, of an operand whose rows lie side by side already, one depth after the other. A
    /// few tiles are packed together, so that memory is read in long stretches.
    ///
    /// @param stride distance of two depths
    /// @param count  rows of all tiles together
    /// @param rows   rows of one tile; the last may have fewer
    static void columns(float[] data, int at, int stride, int count, int rows, int depth, float[] target, int to) {
        // More tiles at once would drive each other out of the cache: they lie a multiple of a page apart.
        for (int first = 0; first < count; first += TOGETHER * rows) {
            fewColumns(data, at + first, stride, Math.min(count - first, TOGETHER * rows), rows, depth, target,
                    to + first * depth);
        }
    }

    private static void fewColumns(float[] data, int at, int stride, int count, int rows, int depth, float[] target,
            int to) {
        for (int i = 0; i < depth; i++) {
            int source = at + i * stride;
            int first = 0;
            // A whole vector may write past this depth's rows: the next depth overwrites that.
            if (rows <= LANES && i < depth - 1) {
                for (; first + rows <= count && source + first + LANES <= data.length; first += rows) {
                    FloatVector.fromArray(SPECIES, data, source + first).intoArray(target, to + first * depth
                            + i * rows);
                }
            }
            for (; first < count; first += rows) {
                int width = Math.min(rows, count - first);
                System.arraycopy(data, source + first, target, to + first * depth + i * width, width);
            }
        }
    }

    /// A panel whose columns are rows of the matrix: a transposition.
    ///
    /// @param width columns of a panel, a multiple of the lanes unless there are fewer
    static void panelOfRows(Tensor matrix, int panel, int width, int from, int depth, float[] target, int to) {
        int rows = Math.min(width, matrix.rows() - panel * width);
        int stride = matrix.columns();
        int at = matrix.offset() + panel * width * stride + from;
        int i = 0;
        if (rows == width && width < LANES) {
            rows(matrix.data(), at, stride, rows, depth, target, to);
            return;
        }
        if (width % LANES == 0) {
            for (int r = 0; r < rows; r += LANES) {
                for (i = 0; i + LANES <= depth; i += LANES) {
                    Transposition.block(matrix.data(), at + r * stride + i, stride, Math.min(LANES, rows - r), target,
                            to + i * width + r, width);
                }
            }
        }
        for (int r = 0; r < rows; r++) {
            for (int d = i, out = to + i * width + r; d < depth; d++, out += width) {
                target[out] = matrix.data()[at + r * stride + d];
            }
        }
    }

    /// Panels `left` to `right - 1` whose columns are columns of the matrix. All are packed together, so that memory is
    /// read in long stretches.
    ///
    /// @param start  of the first panel in `target`
    /// @param stride distance of two panels in `target`
    static void panelsOfColumns(Tensor matrix, int left, int right, int width, int from, int depth, float[] target,
            int start, int stride) {
        float[] data = matrix.data();
        // One bound, known before the loop: with two the compiler would check each read and keep vectors as objects.
        int whole = width == 2 * LANES ? Math.max(left, Math.min(right, matrix.columns() / width)) : left;
        for (int i = 0; i < depth; i++) {
            int source = matrix.offset() + (from + i) * matrix.columns();
            for (int panel = left; panel < whole; panel++) {
                int to = start + (panel - left) * stride + i * width;
                FloatVector.fromArray(SPECIES, data, source + panel * width).intoArray(target, to);
                FloatVector.fromArray(SPECIES, data, source + panel * width + LANES).intoArray(target, to + LANES);
            }
            for (int panel = whole; panel < right; panel++) {
                System.arraycopy(data, source + panel * width, target, start + (panel - left) * stride + i * width,
                        Math.min(width, matrix.columns() - panel * width));
            }
        }
    }

    /// Panels `left` to `right - 1` of inputs of a weight that was packed for its outputs: blocks, expanded and turned.
    /// The blocks of all panels for the same outputs lie side by side, so that memory is read in long stretches.
    ///
    /// @param from   an output, a multiple of the panel width
    /// @param block  scratch for a square of the panel width
    /// @param start  of the first panel in `target`
    /// @param stride distance of two panels in `target`
    static void panelsAcross(Panels panels, int left, int right, int from, int depth, float[] block, float[] target,
            int start, int stride) {
        int width = panels.width();
        for (int out = from; out < from + depth; out += width) {
            int rows = Math.min(width, from + depth - out);
            for (int panel = left; panel < right; panel++) {
                blockAcross(panels, out / width, panel * width, rows, block, target,
                        start + (panel - left) * stride + (out - from) * width);
            }
        }
    }

    /// The block of a panel from input `first` on, turned, `rows` outputs of it.
    private static void blockAcross(Panels panels, int panel, int first, int rows, float[] block, float[] target,
            int to) {
        int width = panels.width();
        int columns = Math.min(width, panels.columns() - first);
        float[] data = block;
        int at = 0;
        switch (panels) {
            case FloatPanels floats -> {
                data = floats.data();
                at = floats.start(panel) + first * width;
            }
            case CodedPanels coded -> SimdPanels.expand(coded, panel, first, columns, block, 0);
        }
        for (int r = 0; r < rows; r += LANES) {
            for (int c = 0; c < columns; c += LANES) {
                turn(data, at + c * width + r, Math.min(LANES, columns - c), Math.min(LANES, rows - r), target,
                        to + r * width + c, width);
            }
        }
    }

    /// Turns `inputs` x `outputs` of a panel; blocks that are not whole go one by one, so that nothing else is touched.
    private static void turn(float[] data, int at, int inputs, int outputs, float[] target, int to, int width) {
        if (outputs == LANES) {
            Transposition.block(data, at, width, inputs, target, to, width);
            return;
        }
        for (int r = 0; r < outputs; r++) {
            for (int c = 0; c < inputs; c++) {
                target[to + r * width + c] = data[at + c * width + r];
            }
        }
    }

    /// Zeros for a tile of `rows` rows of two vectors, `stride` apart.
    static void clear(float[] data, int at, int rows, int stride) {
        var zero = FloatVector.zero(SPECIES);
        for (int r = 0; r < rows; r++, at += stride) {
            zero.intoArray(data, at);
            zero.intoArray(data, at + LANES);
        }
    }
}
