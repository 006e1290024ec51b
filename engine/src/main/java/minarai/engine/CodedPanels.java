package minarai.engine;

import java.util.Objects;

/// [Panels] of numbers with fewer than 32 bits: codes, several to a word, and for quantized storages their scales.
///
/// A word holds the codes of one row `r` of the panel's first half and of row `r + width / 2`, for one input after the
/// other, lowest bits first; words of the rows `r` lie side by side. So the vector that was loaded from the words gives
/// two vectors of weights for each input by shifts alone. Scales, two f16 numbers to a word, lie likewise, one word for
/// [Storage#block()] inputs.
public final class CodedPanels implements Panels {

    private final int[] words;
    private final int[] scales;
    private final Storage storage;
    private final int rows;
    private final int columns;
    private final int width;

    private CodedPanels(int[] words, int[] scales, Storage storage, int rows, int columns, int width) {
        this.words = words;
        this.scales = scales;
        this.storage = storage;
        this.rows = rows;
        this.columns = columns;
        this.width = width;
    }

    static CodedPanels allocate(int rows, int columns, int width, Storage storage) {
        if (width % 2 != 0) {
            throw new IllegalArgumentException("%s needs panels of an even number of rows, not %d"
                    .formatted(storage, width));
        }
        int half = width / 2;
        int[] words = new int[Math.addExact(FreeList.START,
                Panels.words(rows, columns / inputsPerWord(storage), width, half))];
        int[] scales = new int[storage.block() == 0 ? 0
                : Panels.words(rows, columns / storage.block(), width, half)];
        return new CodedPanels(words, scales, storage, rows, columns, width);
    }

    /// Inputs whose codes share a word.
    static int inputsPerWord(Storage storage) {
        return Integer.SIZE / storage.bits() / 2;
    }

    @Override
    public void setPart(int row, int first, int count, float[] source, int offset) {
        Objects.checkIndex(row, rows);
        Objects.checkFromIndexSize(first, count, columns);
        int block = Math.max(1, storage.block());
        if (first % block != 0 || count % block != 0) {
            throw new IndexOutOfBoundsException("%d columns from %d on are not whole blocks of %d".formatted(count,
                    first, block));
        }
        switch (storage) {
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    setCode(row, first + i, Codes.bfloat16(source[offset + i]));
                }
            }
            case Q8_0, Q4_0 -> {
                for (int i = 0; i < count; i += storage.block()) {
                    setBlock(row, first + i, source, offset + i);
                }
            }
            case F32 -> throw new IllegalStateException("f32 has no codes");
        }
    }

    private void setBlock(int row, int column, float[] source, int offset) {
        short scale = Codes.scale(storage, source, offset);
        setScale(row, column, scale);
        float inverse = Codes.inverse(storage, source, offset);
        for (int i = 0; i < storage.block(); i++) {
            setCode(row, column + i, Codes.code(storage, source[offset + i] * inverse));
        }
    }

    void setCode(int row, int column, int code) {
        int shift = shift(row, column);
        int mask = (1 << storage.bits()) - 1 << shift;
        int at = word(row, column);
        words[at] = words[at] & ~mask | code << shift & mask;
    }

    void setScale(int row, int column, short scale) {
        int shift = row % width < width / 2 ? 0 : 16;
        int at = scaleWord(row, column);
        scales[at] = scales[at] & ~(0xffff << shift) | (scale & 0xffff) << shift;
    }

    @Override
    public void copyRow(int row, float[] target, int offset) {
        Objects.checkIndex(row, rows);
        for (int column = 0; column < columns; column++) {
            target[offset + column] = at(row, column);
        }
    }

    @Override
    public float at(int row, int column) {
        int code = words[word(row, column)] >>> shift(row, column) & (1 << storage.bits()) - 1;
        return storage == Storage.BF16 ? Float.intBitsToFloat(code << 16)
                : Codes.value(storage, code, Float.float16ToFloat(scale(row, column)));
    }

    private short scale(int row, int column) {
        int word = scales[scaleWord(row, column)];
        return (short) (row % width < width / 2 ? word : word >>> 16);
    }

    private int word(int row, int column) {
        int inputs = inputsPerWord(storage);
        return start(row / width) + column / inputs * (width / 2) + row % width % (width / 2);
    }

    private int shift(int row, int column) {
        int place = column % inputsPerWord(storage) * 2 + (row % width < width / 2 ? 0 : 1);
        return place * storage.bits();
    }

    private int scaleWord(int row, int column) {
        return (row / width * (columns / storage.block()) + column / storage.block()) * (width / 2)
                + row % width % (width / 2);
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
        return storage;
    }

    @Override
    public long bytes() {
        return ((long) words.length - FreeList.START + scales.length) * Integer.BYTES;
    }

    /// Where the words of a panel begin: the first at a multiple of 64 bytes, the array's header counted.
    int start(int panel) {
        return FreeList.START + panel * (columns / inputsPerWord(storage)) * (width / 2);
    }

    int[] words() {
        return words;
    }

    int[] scales() {
        return scales;
    }
}
