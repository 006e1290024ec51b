package minarai.train.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/// A 64-bit number that follows from a purpose, a key and a text, and from nothing else: the first eight bytes,
/// big-endian, of the SHA-256 of `purpose 0x00 key text`, the key as eight big-endian bytes.
///
/// @param purpose what the numbers are for, so that two uses of one seed share nothing
/// @param key     e.g. the seed of a run
public record KeyedHash(String purpose, long key) {

    public long of(String text) {
        MessageDigest digest = Sha256.digest();
        digest.update(purpose.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
        digest.update(ByteBuffer.allocate(Long.BYTES).putLong(key).flip());
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return ByteBuffer.wrap(digest.digest()).getLong();
    }

    /// The upper 53 bits of the hash as a number from 0 to below 1, exact.
    public double fraction(String text) {
        return (of(text) >>> 11) * 0x1p-53;
    }
}
