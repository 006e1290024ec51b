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
    /// Leaves of which a step's line vouches at the most: 48 MiB, which two threads hash in some 20 ms.
    static final int LEAVES_OF_STEP = 768;
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

    /// The hash of a list with a line for every 16,384 numbers of a parameter, row by row: the SHA-256 of their f32
    /// bits, little-endian, two blanks, the parameter's name, a blank, rows `x` columns, a blank, the place of the
    /// first of them, and a line feed; parameters in the order of the model. The leaves are hashed by all threads.
    ///
    /// @param parameters trained ones, or others that are not packed
    public static String of(List<Parameter> parameters, Kernels kernels) {
        return hash(leaves(parameters), kernels);
    }

    /// The hash that a step's line has: of the whole list, as [#of(List, Kernels)] has it, where it has at most 768
    /// lines; otherwise of 768 lines, which are others at each step: those after the ones of the step before, and after
    /// the last the first again. So hashing costs no more where all of a large model is trained, each step's line
    /// still vouches for part of the numbers, and all of them are vouched for every few steps.
    ///
    /// @param step from 1
    public static String ofStep(List<Parameter> parameters, Kernels kernels, int step) {
        List<Leaf> all = leaves(parameters);
        if (all.size() <= LEAVES_OF_STEP) {
            return hash(all, kernels);
        }
        long first = (step - 1L) * LEAVES_OF_STEP;
        var leaves = new ArrayList<Leaf>();
        for (int i = 0; i < LEAVES_OF_STEP; i++) {
            leaves.add(all.get((int) ((first + i) % all.size())));
        }
        return hash(leaves, kernels);
    }

    private static List<Leaf> leaves(List<Parameter> parameters) {
        var leaves = new ArrayList<Leaf>();
        for (Parameter parameter : parameters) {
            for (int first = 0; first < parameter.tensor().size(); first += LEAF) {
                leaves.add(new Leaf(parameter, first, Math.min(LEAF, parameter.tensor().size() - first)));
            }
        }
        return leaves;
    }

    private static String hash(List<Leaf> leaves, Kernels kernels) {
        leaves.stream().map(Leaf::parameter).distinct()
                .forEach(parameter -> kernels.memory().download(parameter.tensor()));
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
}
