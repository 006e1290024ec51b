package minarai.engine;

import java.util.Objects;

/// [Panels] of f32 numbers: element (row, column) lies at `start(row / width) + column * width + row % width`. Panels
/// start at a multiple of 64 bytes, the array's header counted.
public final class FloatPanels implements Panels {

    private final float[] data;
    private final int rows;
    private final int columns;
    private final int width;

    private FloatPanels(float[] data, int rows, int columns, int width) {
        this.data = data;
        this.rows = rows;
        this.columns = columns;
        this.width = width;
    }

    static FloatPanels allocate(int rows, int columns, int width) {
        return new FloatPanels(new float[Math.addExact(FreeList.START, Panels.words(rows, columns, width, width))],
                rows, columns, width);
    }

    @Override
    public void setPart(int row, int first, int count, float[] source, int offset) {
        Objects.checkFromIndexSize(first, count, columns);
        int to = index(Objects.checkIndex(row, rows), first);
        for (int i = 0; i < count; i++, to += width) {
            data[to] = source[offset + i];
        }
    }

    @Override
    public void copyRow(int row, float[] target, int offset) {
        int from = index(Objects.checkIndex(row, rows), 0);
        for (int column = 0; column < columns; column++, from += width) {
            target[offset + column] = data[from];
        }
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int width() {
        return width;
    }

    @Override
    public Storage storage() {
        return Storage.F32;
    }

    @Override
    public long bytes() {
        return (long) data.length * Float.BYTES;
    }

    public float[] data() {
        return data;
    }

    @Override
    public float at(int row, int column) {
        return data[index(row, column)];
    }

    private int index(int row, int column) {
        return start(row / width) + column * width + row % width;
    }

    /// Where a panel begins.
    int start(int panel) {
        return FreeList.START + panel * columns * width;
    }
}
