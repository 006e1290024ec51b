package minarai.train.desk.build;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import minarai.train.desk.Entry;
import tools.jackson.databind.node.DoubleNode;

/// Rows by a measure, the lowest first; rows of the same measure keep their order.
///
/// @param name under which each row carries its measure
public record Ordering(String name) {

    /// The entries in order, each with its measure.
    ///
    /// @param isDescending whether the highest comes first
    public List<Entry> of(List<Entry> entries, double[] measures, boolean isDescending) {
        Comparator<Integer> rising = Comparator.comparingDouble(row -> measures[row]);
        return IntStream.range(0, entries.size()).boxed().sorted(isDescending ? rising.reversed() : rising)
                .map(row -> entries.get(row).with(name, DoubleNode.valueOf(measures[row]))).toList();
    }
}
