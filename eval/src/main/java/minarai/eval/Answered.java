package minarai.eval;

import java.util.List;
import minarai.eval.statistics.Observation;

/// An item and what one model said to it.
public record Answered(Item item, Answer answer) {

    /// The scores of one metric with the clusters they belong to.
    public static List<Observation> observations(List<Answered> answered, String metric) {
        return answered.stream()
                .map(one -> new Observation(one.item().cluster(), one.answer().score(metric))).toList();
    }
}
