package minarai.eval.robust;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;
import minarai.eval.statistics.Observation;

/// How much perturbations change a model's scores.
///
/// @param plain     mean score of the questions as they are
/// @param worst     mean over the items of the lowest score under any perturbation, the plain question included
/// @param effects   by perturbation
/// @param tooLong   items that were not asked with a perturbation because the model does not take as much, by
///                  perturbation; none of them is among its effects or the worst
public record Robustness(double plain, double worst, Map<String, Effect> effects, Map<String, Integer> tooLong) {

    /// @param items   it could be applied to
    /// @param score   their mean score under it
    /// @param change  of their mean score, with an interval that resamples clusters
    /// @param changed share of the items whose answer is another
    public record Effect(int items, double score, Estimate change, double changed) {
    }

    /// An answer to one form of an item.
    ///
    /// @param cluster      of the item, whatever its form
    /// @param perturbation its label, empty for the plain question
    public record Scored(String id, String cluster, String perturbation, String answer, double score) {
    }

    public Robustness {
        effects = new LinkedHashMap<>(effects);
        tooLong = new TreeMap<>(tooLong);
    }

    /// @throws IllegalArgumentException if there is no plain question, or a perturbed one lacks it
    public static Robustness of(List<Scored> scored) {
        Map<String, Scored> plain = new TreeMap<>();
        scored.stream().filter(one -> one.perturbation.isEmpty()).forEach(one -> plain.put(one.id, one));
        Map<String, Double> lowest = new TreeMap<>();
        Map<String, List<Scored>> byName = new LinkedHashMap<>();
        for (Scored one : scored) {
            if (!plain.containsKey(one.id)) {
                throw new IllegalArgumentException("robustness: item '" + one.id + "' was asked as " + one.perturbation
                        + " and not as it is, so nothing can be said of a change");
            }
            lowest.merge(one.id, one.score, Math::min);
            if (!one.perturbation.isEmpty()) {
                byName.computeIfAbsent(one.perturbation, name -> new ArrayList<>()).add(one);
            }
        }
        if (plain.isEmpty()) {
            throw new IllegalArgumentException("robustness: not a single question was asked");
        }
        Map<String, Effect> effects = new LinkedHashMap<>();
        byName.forEach((name, some) -> effects.put(name, effect(some, plain)));
        return new Robustness(plain.values().stream().mapToDouble(Scored::score).average().orElseThrow(),
                lowest.values().stream().mapToDouble(Double::doubleValue).average().orElseThrow(), effects, Map.of());
    }

    /// The same, with items that were not asked so.
    ///
    /// @param items by perturbation
    public Robustness leavingOut(Map<String, Integer> items) {
        return new Robustness(plain, worst, effects, items);
    }

    private static Effect effect(List<Scored> some, Map<String, Scored> plain) {
        double score = some.stream().mapToDouble(Scored::score).average().orElseThrow();
        var change = Bootstrap.standard(1).difference(some.stream().map(one -> new Observation(one.cluster,
                one.score - plain.getOrDefault(one.id, one).score)).toList());
        double changed = some.stream().mapToInt(one -> plain.getOrDefault(one.id, one).answer.equals(one.answer) ? 0
                : 1)
                .average().orElseThrow();
        return new Effect(some.size(), score, change, changed);
    }
}
