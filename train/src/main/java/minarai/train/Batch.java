package minarai.train;

import java.util.List;
import java.util.stream.Collectors;
import minarai.models.Tokens;

/// Samples that go through the model together, end to end.
///
/// @param samples what it is made of
/// @param tokens  their ids
/// @param rows    the rows whose next token is a target, ascending
/// @param labels  for each of these rows, that token
public record Batch(List<Sample> samples, Tokens tokens, int[] rows, int[] labels) {

    public static Batch of(List<Sample> samples) {
        int targets = samples.stream().mapToInt(Sample::targets).sum();
        int[] rows = new int[targets];
        int[] labels = new int[targets];
        int next = 0;
        int first = 0;
        for (Sample sample : samples) {
            for (int i = 1; i < sample.ids().length; i++) {
                if (sample.isTarget()[i]) {
                    rows[next] = first + i - 1;
                    labels[next++] = sample.ids()[i];
                }
            }
            first += sample.ids().length;
        }
        return new Batch(List.copyOf(samples), Tokens.of(samples.stream().map(Sample::ids).toList()), rows, labels);
    }

    /// Where the samples came from, with commas between, for messages.
    static String sampleIds(List<Batch> batches) {
        return batches.stream().flatMap(batch -> batch.samples().stream()).map(Sample::id)
                .collect(Collectors.joining(", "));
    }

    public int targets() {
        return labels.length;
    }
}
