package minarai.eval.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import minarai.eval.gate.Kpi.Cost;
import minarai.eval.statistics.Interval;

/// What the figures say to the thresholds.
///
/// @param outcome  of all together
/// @param findings one for each threshold
public record Gate(Outcome outcome, List<Finding> findings) {

    /// What to do.
    public enum Outcome {
        GO, EXTEND, STOP;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A figure that was measured.
    ///
    /// @param items    it rests on
    /// @param isUsable whether it may decide: false for a judge that was not calibrated
    public record Figure(double value, Interval interval, int items, boolean isUsable) {
    }

    /// A threshold and what it meant.
    public record Finding(Kpi kpi, Outcome outcome, String reason) {
    }

    public Gate {
        findings = List.copyOf(findings);
    }

    /// @param figures by task, a slash and the metric
    /// @throws IllegalArgumentException if there is no threshold: then nothing can be decided
    public static Gate of(List<Kpi> kpis, Map<String, Figure> figures) {
        if (kpis.isEmpty()) {
            throw new IllegalArgumentException("no decision can be made: no threshold was set beforehand (kpi.yaml)");
        }
        List<Finding> findings = new ArrayList<>();
        for (Kpi kpi : kpis) {
            findings.add(finding(kpi, Optional.ofNullable(figures.get(kpi.task() + "/" + kpi.metric()))));
        }
        Outcome outcome = findings.stream().map(Finding::outcome).max(Enum::compareTo).orElseThrow();
        return new Gate(outcome, findings);
    }

    private static Finding finding(Kpi kpi, Optional<Figure> measured) {
        if (measured.isEmpty()) {
            return new Finding(kpi, Outcome.EXTEND, kpi.sentence() + ": it was not measured");
        }
        Figure figure = measured.get();
        String text = figure.items == 1
                ? String.format(Locale.ROOT, "%s: %.4f on one text, without an interval", kpi.sentence(), figure.value)
                : String.format(Locale.ROOT, "%s: %.4f on %d items, %.0f %% interval %.4f to %.4f", kpi.sentence(),
                figure.value, figure.items, 100 * figure.interval.level(), figure.interval.low(), figure.interval.high());
        if (!figure.isUsable) {
            return new Finding(kpi, Outcome.EXTEND, text
                    + "; the judge was not calibrated on human labels, so it cannot decide");
        }
        double worst = kpi.isHigherBetter() ? figure.interval.low() : figure.interval.high();
        double best = kpi.isHigherBetter() ? figure.interval.high() : figure.interval.low();
        if (isMet(kpi, worst)) {
            return new Finding(kpi, Outcome.GO, text + "; met" + (figure.items == 1 ? "" : ", all of the interval"));
        }
        if (!isMet(kpi, best)) {
            return new Finding(kpi, Outcome.STOP, text + "; missed" + (figure.items == 1 ? "" : " by all of the interval"));
        }
        boolean isMissed = !isMet(kpi, figure.value);
        boolean isStop = isMissed && kpi.costOfError() == Cost.HIGH;
        return new Finding(kpi, isStop ? Outcome.STOP : Outcome.EXTEND, text + (isMissed ? "; missed, though not by all of"
                + " the interval" + (isStop ? ", and an error is costly" : "") : "; met, but the interval reaches across: more"
                + " items are needed to say so"));
    }

    private static boolean isMet(Kpi kpi, double value) {
        return kpi.isHigherBetter() ? value >= kpi.threshold() : value <= kpi.threshold();
    }
}
