package minarai.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.Consumer;
import minarai.train.data.Sha256;

/// SHA-256 of what the samples of a step say, in the order of the ledger's `samples`.
final class SampleHash {

    private SampleHash() {
    }

    /// For each sample how many tokens it has and their ids, all as i32, little-endian.
    static String tokens(List<Batch> batches) {
        return of(batches, 4, (sample, bytes) -> {
            for (int id : sample.ids()) {
                bytes.putInt(id);
            }
        });
    }

    /// For each sample how many tokens it has, as i32, little-endian, and for each token a byte: 1 where predicting it
    /// counts, else 0. The first token of a sample is never predicted, whatever its byte.
    static String targets(List<Batch> batches) {
        return of(batches, 1, (sample, bytes) -> {
            for (boolean isTarget : sample.isTarget()) {
                bytes.put((byte) (isTarget ? 1 : 0));
            }
        });
    }

    @FunctionalInterface
    private interface Content {
        void put(Sample sample, ByteBuffer bytes);
    }

    private static String of(List<Batch> batches, int bytesPerToken, Content content) {
        MessageDigest digest = Sha256.digest();
        each(batches, sample -> {
            int tokens = sample.ids().length;
            var bytes = ByteBuffer.allocate(Math.addExact(4, Math.multiplyExact(bytesPerToken, tokens)))
                    .order(ByteOrder.LITTLE_ENDIAN).putInt(tokens);
            content.put(sample, bytes);
            digest.update(bytes.flip());
        });
        return Sha256.hex(digest);
    }

    private static void each(List<Batch> batches, Consumer<Sample> action) {
        batches.forEach(batch -> batch.samples().forEach(action));
    }
}
