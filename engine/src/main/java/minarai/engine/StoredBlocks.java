package minarai.engine;

import java.nio.ByteBuffer;

/// Blocks of [Storage#Q8_0] and [Storage#Q4_0] as GGUF lays them out in files: an f16 scale, then 32 codes; of four
/// bits the low nibbles of 16 bytes, then the high ones. Buffers are little-endian.
///
/// Numbers are rounded to blocks as GGUF's reference code does it. Blocks that somebody else rounded go into panels
/// code by code, so that they mean the same there even where our own rounding would have given others.
public final class StoredBlocks {

    private static final int HALF = 16;

    private StoredBlocks() {
    }

    /// Rounds `count` numbers, a multiple of the block, and puts their blocks into the buffer.
    ///
    /// @throws IllegalArgumentException if the storage has no blocks, or a number is too large or none
    public static void encode(Storage storage, float[] source, int offset, int count, ByteBuffer target) {
        requireBlocks(storage, count);
        for (int block = offset; block < offset + count; block += storage.block()) {
            target.putShort(Codes.scale(storage, source, block));
            float inverse = Codes.inverse(storage, source, block);
            for (int i = 0; i < storage.bits() * storage.block() / Byte.SIZE; i++) {
                int low = Codes.code(storage, source[block + i] * inverse);
                target.put((byte) (storage == Storage.Q8_0 ? low - Codes.OFFSET_8
                        : low | Codes.code(storage, source[block + HALF + i] * inverse) << 4));
            }
        }
    }

    /// Takes the blocks of one row from the buffer, unchanged.
    ///
    /// @param panels stored as `storage`
    /// @throws IllegalArgumentException if the panels are stored otherwise, or a scale is infinite or none
    public static void setRow(Panels panels, int row, Storage storage, ByteBuffer source) {
        requireBlocks(storage, panels.columns());
        if (!(panels instanceof CodedPanels coded) || panels.storage() != storage) {
            throw new IllegalArgumentException("blocks of %s do not fit panels of %s".formatted(storage,
                    panels.storage()));
        }
        for (int column = 0; column < panels.columns(); column += storage.block()) {
            short scale = source.getShort();
            if (!Float.isFinite(Float.float16ToFloat(scale))) {
                throw new IllegalArgumentException("row %d has a block with the scale %s; is the file damaged?"
                        .formatted(row, Float.float16ToFloat(scale)));
            }
            coded.setScale(row, column, scale);
            for (int i = 0; i < storage.bits() * storage.block() / Byte.SIZE; i++) {
                int codes = source.get();
                if (storage == Storage.Q8_0) {
                    coded.setCode(row, column + i, codes + Codes.OFFSET_8);
                } else {
                    coded.setCode(row, column + i, codes & 15);
                    coded.setCode(row, column + HALF + i, codes >> 4 & 15);
                }
            }
        }
    }

    private static void requireBlocks(Storage storage, int count) {
        if (storage.block() == 0 || count % storage.block() != 0) {
            throw new IllegalArgumentException("%d numbers do not divide into blocks of %s".formatted(count, storage));
        }
    }
}
