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

    private static final double LEVEL = 0.95;

    /// What to do.
    public enum Outcome {
        GO, EXTEND, STOP;

        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// A figure that was measured.
    ///
    /// @param items it rests on; 0 for a text as a whole, of which there is one and no interval
    /// @param doubt why it may not decide, without a stop; empty where it may
    public record Figure(double value, Interval interval, int items, Optional<String> doubt) {

        /// A mean over items.
        public static Figure of(double value, Interval interval, int items) {
            return new Figure(value, interval, items, Optional.empty());
        }

        /// A figure of a text as a whole, such as its bits per byte: its interval is itself.
        public static Figure ofText(double value) {
            return new Figure(value, new Interval(value, value, LEVEL), 0, Optional.empty());
        }

        /// A mean of which no interval is known: however it lies, it decides nothing.
        public static Figure ofUnknownSpread(double value) {
            return new Figure(value, new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, LEVEL), 0,
                    Optional.of("it is a mean without scores of items, so its interval is not known and it cannot"
                    + " decide"));
        }

        /// The same, which may not decide.
        public Figure doubted(String why) {
            return new Figure(value, interval, items, Optional.of(why));
        }
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
        String text = figure.items == 0
                ? String.format(Locale.ROOT, "%s: %.4f as a whole, without an interval", kpi.sentence(), figure.value)
                : String.format(Locale.ROOT, "%s: %.4f on %d items, %.0f %% interval %.4f to %.4f", kpi.sentence(),
                figure.value, figure.items, 100 * figure.interval.level(), figure.interval.low(),
                figure.interval.high());
        if (figure.doubt.isPresent()) {
            return new Finding(kpi, Outcome.EXTEND, text + "; " + figure.doubt.get());
        }
        double worst = kpi.isHigherBetter() ? figure.interval.low() : figure.interval.high();
        double best = kpi.isHigherBetter() ? figure.interval.high() : figure.interval.low();
        if (isMet(kpi, worst)) {
            return new Finding(kpi, Outcome.GO, text + "; met" + (figure.items == 0 ? "" : ", all of the interval"));
        }
        if (!isMet(kpi, best)) {
            return new Finding(kpi, Outcome.STOP, text + "; missed"
                    + (figure.items == 0 ? "" : " by all of the interval"));
        }
        boolean isMissed = !isMet(kpi, figure.value);
        boolean isStop = isMissed && kpi.costOfError() == Cost.HIGH;
        return new Finding(kpi, isStop ? Outcome.STOP : Outcome.EXTEND, text
                + (isMissed ? "; missed, though not by all of"
                + " the interval" + (isStop ? ", and an error is costly" : "")
                : "; met, but the interval reaches across: more"
                + " items are needed to say so"));
    }

    private static boolean isMet(Kpi kpi, double value) {
        return kpi.isHigherBetter() ? value >= kpi.threshold() : value <= kpi.threshold();
    }
}
