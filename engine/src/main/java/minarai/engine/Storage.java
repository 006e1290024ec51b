package minarai.engine;

/// How the numbers of a frozen weight are stored. Arithmetic is always f32: a stored weight is exactly the f32 number
/// that it stands for.
public enum Storage {
    F32(32, 0),
    /// The upper half of an f32 number.
    BF16(16, 0),
    /// Blocks of 32 inputs with a scale in f16; a weight is `scale * q`, q from -127 to 127 (GGUF `Q8_0`).
    Q8_0(8, 32),
    /// Blocks of 32 inputs with a scale in f16; a weight is `scale * q`, q from -8 to 7 (GGUF `Q4_0`).
    Q4_0(4, 32);

    private final int bits;
    private final int block;

    Storage(int bits, int block) {
        this.bits = bits;
        this.block = block;
    }

    /// Bits of one weight, without its share of a scale.
    int bits() {
        return bits;
    }

    /// Inputs that share a scale, 0 where there is none.
    int block() {
        return block;
    }

    /// This storage, or f32 where rows of this length do not divide into its blocks.
    public Storage forColumns(int columns) {
        return block > 0 && columns % block != 0 ? F32 : this;
    }
}
