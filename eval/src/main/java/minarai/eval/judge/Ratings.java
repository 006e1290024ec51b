package minarai.eval.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;
import minarai.eval.statistics.Observation;
import minarai.eval.statistics.PredictionPowered;
import minarai.eval.statistics.PredictionPowered.Rated;

/// What people and a judge said of the items of a task.
///
/// @param rated  items that people labelled
/// @param others what the judge said of those they did not
public record Ratings(List<Rated> rated, List<Observation> others) {

    private static final double LEVEL = 0.95;
    private static final long SEED = 1;

    public Ratings {
        rated = List.copyOf(rated);
        others = List.copyOf(others);
    }

    /// @param human labels of people, on some of the items
    public static Ratings of(String task, Judgement judgement, ImportedVerdicts human) {
        List<Rated> rated = new ArrayList<>();
        List<Observation> others = new ArrayList<>();
        judgement.judged().forEach(one -> {
            var item = one.result().item();
            double machine = one.verdict().score();
            human.on(task, item.id()).ifPresentOrElse(
                    label -> rated.add(new Rated(item.cluster(), label.verdict().score(), machine)),
                    () -> others.add(new Observation(item.cluster(), machine)));
        });
        return new Ratings(rated, others);
    }

    /// What people would say of all items, from those they labelled; these have to have been drawn at random. Not known
    /// from labels of fewer than five clusters.
    public Optional<PredictionPowered> powered() {
        boolean isEnough = others.size() > 1
                && rated.stream().map(Rated::cluster).distinct().count() >= PredictionPowered.LEAST_CLUSTERS;
        return isEnough ? Optional.of(PredictionPowered.tuned(rated, others, LEVEL, SEED)) : Optional.empty();
    }

    /// What people said themselves.
    public Optional<Estimate> ofPeople() {
        return rated.isEmpty() ? Optional.empty() : Optional.of(Bootstrap.standard(SEED).score(
                rated.stream().map(one -> new Observation(one.cluster(), one.human())).toList()));
    }
}
