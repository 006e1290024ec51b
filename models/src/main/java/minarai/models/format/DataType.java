package minarai.models.format;

import java.util.Arrays;
import java.util.Optional;

/// The type of a stored number, by its safetensors name (field `dtype`), narrowest first as in the reference.
public enum DataType {
    BOOL(1), U8(1), I8(1), F8_E5M2(1), F8_E4M3(1), F8_E8M0(1),
    I16(2), U16(2), F16(2), BF16(2),
    I32(4), U32(4), F32(4),
    C64(8), F64(8), I64(8), U64(8);

    private final int bytes;

    DataType(int bytes) {
        this.bytes = bytes;
    }

    /// The size of one number in bytes.
    public int bytes() {
        return bytes;
    }

    /// Whether weights can be stored like this: every value is exactly an f32 value.
    public boolean isWeight() {
        return this == F32 || this == F16 || this == BF16;
    }

    static Optional<DataType> named(String name) {
        return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
    }
}
