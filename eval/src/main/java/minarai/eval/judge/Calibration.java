package minarai.eval.judge;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import minarai.eval.statistics.Agreement;
import minarai.eval.statistics.Correlation;
import minarai.eval.statistics.Interval;

/// How far a judge or a metric agrees with people on the same items.
///
/// @param tasks  for each task
/// @param pooled over all items
public record Calibration(Map<String, Agreed> tasks, Agreed pooled) {

    /// Items below which a calibration decides nothing.
    public static final int LEAST_ITEMS = 30;
    /// Agreement beyond chance below which it does not either: "moderate" in the customary reading.
    public static final double LEAST_KAPPA = 0.4;

    /// One item as people and the machine rated it.
    public record Rated(String task, String id, double human, double machine) {
    }

    /// @param items       rated by both
    /// @param agreement   share of items both rated alike
    /// @param interval    Wilson's, of that share
    /// @param cohen       agreement beyond chance; NaN where all ratings are the same
    /// @param krippendorff the same on an interval scale, for scores
    /// @param correlation of the ratings
    public record Agreed(int items, double agreement, Interval interval, double cohen, double krippendorff,
            Correlation correlation) {

        /// Enough items, and agreement beyond chance; never where all ratings are the same.
        public boolean isSufficient() {
            return items >= LEAST_ITEMS && cohen >= LEAST_KAPPA;
        }
    }

    public Calibration {
        tasks = new LinkedHashMap<>(tasks);
    }

    /// @throws IllegalArgumentException if fewer than two items are rated
    public static Calibration of(List<Rated> rated) {
        Map<String, List<Rated>> byTask = new LinkedHashMap<>();
        rated.forEach(one -> byTask.computeIfAbsent(one.task, task -> new ArrayList<>()).add(one));
        Map<String, Agreed> tasks = new LinkedHashMap<>();
        byTask.forEach((task, some) -> {
            if (some.size() > 1) {
                tasks.put(task, agreed(some));
            }
        });
        return new Calibration(tasks, agreed(rated));
    }

    private static Agreed agreed(List<Rated> rated) {
        if (rated.size() < 2) {
            throw new IllegalArgumentException("calibration on " + rated.size()
                    + " items that both people and the judge rated; needed: two at least, and " + LEAST_ITEMS
                    + " to decide anything. Are the ids those of the evaluation?");
        }
        List<Double> human = rated.stream().map(Rated::human).toList();
        List<Double> machine = rated.stream().map(Rated::machine).toList();
        int alike = (int) rated.stream().filter(one -> one.human == one.machine).count();
        return new Agreed(rated.size(), (double) alike / rated.size(), Interval.wilson(alike, rated.size(), 0.95),
                Agreement.cohen(human, machine, Agreement.Weights.NONE), Agreement.krippendorff(rated.stream()
                .map(one -> List.of(one.human, one.machine)).toList(), Agreement.Scale.INTERVAL),
                Correlation.of(human, machine));
    }

    /// Whether the judge may decide a task: enough of its items are labelled, and agreement on them is beyond chance.
    public boolean isSufficient(String task) {
        Agreed agreed = tasks.get(task);
        return agreed != null && agreed.isSufficient();
    }
}
