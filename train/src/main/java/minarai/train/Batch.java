package minarai.train;

import java.util.Arrays;
import java.util.List;
import minarai.models.Tokens;

/// Samples that go through the model together, end to end.
///
/// @param samples what it is made of
/// @param tokens  their ids
/// @param rows    the rows whose next token is a target, ascending
/// @param labels  for each of these rows, that token
public record Batch(List<Sample> samples, Tokens tokens, int[] rows, int[] labels) {

    /// A shorter beginning is not worth a span of its own.
    static final int LEAST_SHARED = 16;

    /// Samples one after the other, each computed whole.
    public static Batch of(List<Sample> samples) {
        return of(samples, 0);
    }

    /// Samples whose common beginning, a system message or a template, is computed once for all of them, forward and
    /// backward. Losses have the bits of [#of(List)]; gradients are sums in another order.
    public static Batch sharing(List<Sample> samples) {
        int shared = shared(samples);
        return of(samples, shared < LEAST_SHARED ? 0 : shared);
    }

    private static Batch of(List<Sample> samples, int shared) {
        int targets = samples.stream().mapToInt(Sample::targets).sum();
        int[] rows = new int[targets];
        int[] labels = new int[targets];
        int next = 0;
        int first = shared;
        for (Sample sample : samples) {
            for (int i = shared + 1; i < sample.ids().length; i++) {
                if (sample.isTarget()[i]) {
                    rows[next] = first + i - shared - 1;
                    labels[next++] = sample.ids()[i];
                }
            }
            first += sample.ids().length - shared;
        }
        return new Batch(List.copyOf(samples), Tokens.of(samples.stream().map(Sample::ids).toList(), shared), rows,
                labels);
    }

    /// How many ids all samples begin with, such that each goes on from there and the row that predicts its first
    /// target is its own.
    private static int shared(List<Sample> samples) {
        if (samples.size() < 2) {
            return 0;
        }
        int[] model = samples.getFirst().ids();
        int shared = model.length - 1;
        for (Sample sample : samples) {
            int alike = Arrays.mismatch(model, sample.ids());
            shared = Math.min(shared, Math.min(alike < 0 ? model.length : alike, sample.ids().length - 1));
            for (int i = 1; i <= shared; i++) {
                if (sample.isTarget()[i]) {
                    shared = i - 1;
                }
            }
        }
        return shared;
    }

    /// Tokens of the samples, however often they are computed.
    public int length() {
        return samples.stream().mapToInt(sample -> sample.ids().length).sum();
    }

    /// Where the samples came from, with commas between, for messages.
    static String sampleIds(List<Batch> batches) {
        return String.join(", ", ids(batches));
    }

    /// The ids of the samples, in order.
    static List<String> ids(List<Batch> batches) {
        return batches.stream().flatMap(batch -> batch.samples().stream()).map(Sample::id).toList();
    }

    public int targets() {
        return labels.length;
    }
}
