package minarai.models.format;

import java.util.Arrays;
import java.util.Optional;

/// The type of a stored number: those of safetensors (field `dtype`), narrowest first as in the reference, and before
/// them the quantized ones of GGUF, whose numbers are stored in blocks.
public enum DataType {
    Q4_0(32, 18), Q4_1(32, 20), Q5_0(32, 22), Q5_1(32, 24), Q8_0(32, 34), Q4_K(256, 144), Q5_K(256, 176),
            Q6_K(256, 210),
    BOOL(1), U8(1), I8(1), F8_E5M2(1), F8_E4M3(1), F8_E8M0(1),
    I16(2), U16(2), F16(2), BF16(2),
    I32(4), U32(4), F32(4),
    C64(8), F64(8), I64(8), U64(8);

    private final int block;
    private final int bytes;

    DataType(int bytes) {
        this(1, bytes);
    }

    DataType(int block, int bytes) {
        this.block = block;
        this.bytes = bytes;
    }

    /// How many neighbouring numbers of a row are stored together: 1 where each stands for itself.
    public int block() {
        return block;
    }

    /// The size of one block in bytes; where a block is one number, the size of that.
    public int bytes() {
        return bytes;
    }

    /// Whether numbers are stored in blocks with scales of their own.
    public boolean isQuantized() {
        return block > 1;
    }

    /// Whether weights can be stored like this: every value is exactly an f32 value.
    public boolean isWeight() {
        return isQuantized() || isFloat();
    }

    /// Whether this is a floating-point type that weights are stored in, in safetensors as in GGUF.
    public boolean isFloat() {
        return this == F32 || this == F16 || this == BF16;
    }

    /// The type of a name in safetensors, which knows no quantized ones.
    static Optional<DataType> named(String name) {
        return Arrays.stream(values()).filter(type -> !type.isQuantized() && type.name().equals(name)).findFirst();
    }
}
