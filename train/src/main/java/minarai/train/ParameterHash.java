package minarai.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.train.data.Sha256;

/// SHA-256 over trained parameters.
public final class ParameterHash {

    /// Numbers of a leaf: few enough that threads share a small adapter evenly, many enough that the list is short.
    static final int LEAF = 1 << 14;
    private static final int CHUNK = 1 << 12;

    private ParameterHash() {
    }

    /// A stretch of a parameter's numbers.
    private record Leaf(Parameter parameter, int first, int size) {

        /// As a line of the list that is hashed in the end.
        String line(String hash) {
            return "%s  %s %dx%d %d\n".formatted(hash, parameter.name(), parameter.value().rows(),
                    parameter.value().columns(), first);
        }
    }

    /// The hash of a list with a line for every 16,384 numbers of a parameter, row by row: the SHA-256 of their f32 bits,
    /// little-endian, two blanks, the parameter's name, a blank, rows `x` columns, a blank, the place of the first of
    /// them, and a line feed; parameters in the order of the model. The leaves are hashed by all threads.
    ///
    /// @param parameters trained ones, or others that are not packed
    public static String of(List<Parameter> parameters, Kernels kernels) {
        parameters.forEach(parameter -> kernels.memory().download(parameter.tensor()));
        var leaves = new ArrayList<Leaf>();
        for (Parameter parameter : parameters) {
            for (int first = 0; first < parameter.tensor().size(); first += LEAF) {
                leaves.add(new Leaf(parameter, first, Math.min(LEAF, parameter.tensor().size() - first)));
            }
        }
        var lines = new String[leaves.size()];
        kernels.share(lines.length, i -> lines[i] = leaves.get(i).line(hash(leaves.get(i))));
        MessageDigest digest = Sha256.digest();
        for (String line : lines) {
            digest.update(line.getBytes(StandardCharsets.UTF_8));
        }
        return Sha256.hex(digest);
    }

    private static String hash(Leaf leaf) {
        Tensor value = leaf.parameter.tensor();
        MessageDigest digest = Sha256.digest();
        var bytes = ByteBuffer.allocate(4 * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        FloatBuffer floats = bytes.asFloatBuffer();
        for (int done = 0; done < leaf.size; done += CHUNK) {
            int size = Math.min(CHUNK, leaf.size - done);
            floats.clear().put(value.data(), value.offset() + leaf.first + done, size);
            digest.update(bytes.array(), 0, 4 * size);
        }
        return Sha256.hex(digest);
    }

    /// The hash in one piece: for each parameter, in the order of the model, its name in UTF-8, a line feed, rows and
    /// columns (u32), then its f32 bits row by row, all little-endian.
    public static String of(List<Parameter> parameters) {
        MessageDigest digest = Sha256.digest();
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
        return Sha256.hex(digest);
    }
}
