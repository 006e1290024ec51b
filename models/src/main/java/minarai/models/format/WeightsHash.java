package minarai.models.format;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The content hash that [Checkpoint#sha256()] defines.
final class WeightsHash {

    private WeightsHash() {
    }

    static String of(Checkpoint checkpoint) {
        var digest = sha256();
        digest.update("minarai weights 1\n".getBytes(US_ASCII));
        for (String name : checkpoint.names()) {
            var tensor = checkpoint.tensor(name);
            addText(digest, name);
            addText(digest, tensor.type().name());
            addSizes(digest, tensor.shape());
            checkpoint.readBytes(name, (bytes, length) -> digest.update(bytes, 0, length));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void addText(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(UTF_8);
        var length = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length);
        digest.update(length.array());
        digest.update(bytes);
    }

    private static void addSizes(MessageDigest digest, Shape shape) {
        var buffer = ByteBuffer.allocate(Integer.BYTES + Long.BYTES * shape.sizes().size())
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(shape.sizes().size());
        shape.sizes().forEach(buffer::putLong);
        digest.update(buffer.array());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every Java platform has SHA-256", absent);
        }
    }
}
