package minarai.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import minarai.engine.Parameter;
import minarai.engine.Tensor;

/// SHA-256 over trained parameters: for each, in the order of the model, its name in UTF-8, a line feed, rows and
/// columns (u32), then its f32 bits row by row, all little-endian.
public final class ParameterHash {

    private ParameterHash() {
    }

    /// The hash in hexadecimal.
    public static String of(List<Parameter> parameters) {
        MessageDigest digest = sha256();
        for (Parameter parameter : parameters) {
            Tensor value = parameter.tensor();
            digest.update((parameter.name() + "\n").getBytes(StandardCharsets.UTF_8));
            var bytes = ByteBuffer.allocate(8 + 4 * value.columns()).order(ByteOrder.LITTLE_ENDIAN);
            digest.update(bytes.putInt(value.rows()).putInt(value.columns()).flip());
            for (int row = 0; row < value.rows(); row++) {
                bytes.clear();
                for (int column = 0; column < value.columns(); column++) {
                    bytes.putFloat(value.at(row, column));
                }
                digest.update(bytes.flip());
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("every Java platform has SHA-256", missing);
        }
    }
}
