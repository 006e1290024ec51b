package minarai.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.eval.judge.Calibration;
import minarai.eval.judge.ImportedVerdicts;
import minarai.eval.judge.Judgement;
import minarai.eval.judge.Ratings;
import minarai.eval.judge.Verdict;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.LengthControlled;
import minarai.eval.statistics.Power;

/// What verdicts and the labels of people say, task by task, for programs and on the terminal.
///
/// @param judged      by task
/// @param flags       what makes the judge doubtful, by task
/// @param ratings     of the same tasks
/// @param calibration where people labelled something
record JudgementReport(Map<String, Judgement> judged, Map<String, List<Judgement.Flag>> flags,
        Map<String, Ratings> ratings, Optional<Calibration> calibration) {

    private static final int LEAST_FOR_LENGTH = 10;

    static JudgementReport of(Map<String, Judgement> judged, ImportedVerdicts human) {
        var ratings = new LinkedHashMap<String, Ratings>();
        var flags = new LinkedHashMap<String, List<Judgement.Flag>>();
        judged.forEach((task, judgement) -> {
            ratings.put(task, Ratings.of(task, judgement, human));
            var people = new LinkedHashMap<String, Verdict>();
            judgement.judged().stream().map(one -> one.result().item().id()).forEach(id -> human.on(task, id)
                    .ifPresent(label -> people.put(id, label.verdict())));
            flags.put(task, judgement.flags(people));
        });
        return new JudgementReport(judged, flags, ratings, calibration(judged, human));
    }

    private static Optional<Calibration> calibration(Map<String, Judgement> judged, ImportedVerdicts human) {
        var rated = new ArrayList<Calibration.Rated>();
        judged.forEach((task, judgement) -> judgement.judged().forEach(one -> {
            String id = one.result().item().id();
            human.on(task, id).ifPresent(label -> rated.add(new Calibration.Rated(task, id, label.verdict().score(),
                    one.verdict().score())));
        }));
        return human.verdicts().isEmpty() ? Optional.empty() : Optional.of(Calibration.of(rated));
    }

    private boolean isCalibrated(String task) {
        return calibration.map(found -> found.isSufficient(task)).orElse(false);
    }

    /// `is_calibrated`, `calibration` where people labelled something, and `tasks`.
    Map<String, Object> fields() {
        var tasks = new LinkedHashMap<String, Object>();
        judged.forEach((task, judgement) -> {
            var found = fields(judgement, ratings.get(task));
            found.put("flags", flags.get(task).stream()
                    .map(flag -> Map.of("name", flag.name(), "meaning", flag.meaning())).toList());
            found.put("is_calibrated", isCalibrated(task));
            tasks.put(task, found);
        });
        var fields = new LinkedHashMap<String, Object>();
        fields.put("is_calibrated", judged.keySet().stream().allMatch(this::isCalibrated));
        calibration.ifPresent(found -> fields.put("calibration", fields(found)));
        fields.put("tasks", tasks);
        return fields;
    }

    private static Map<String, Object> fields(Judgement judgement, Ratings ratings) {
        var estimate = judgement.winRate(Bootstrap.standard(1));
        var fields = new LinkedHashMap<String, Object>();
        fields.put("items", judgement.judged().size());
        fields.put("win_rate", estimate.value());
        fields.put("interval", List.of(estimate.interval().low(), estimate.interval().high()));
        fields.put("wins", judgement.count(Verdict.TUNED));
        fields.put("ties", judgement.count(Verdict.TIE));
        fields.put("losses", judgement.count(Verdict.BASE));
        fields.put("p", judgement.test().p());
        fields.put("order_consistency", judgement.orderConsistency());
        fields.put("first_preferred", judgement.firstPreferred());
        if (judgement.judged().size() >= LEAST_FOR_LENGTH) {
            var controlled = judgement.lengthControlled();
            fields.put("length_controlled_win_rate", controlled.controlled());
            fields.put("longer_preferred", controlled.longerPreferred());
        }
        ratings.powered().ifPresent(found -> fields.put("prediction_powered", Map.of("win_rate", found.mean(),
                "interval", List.of(found.interval().low(), found.interval().high()), "lambda", found.lambda(),
                "method", found.method())));
        ratings.ofPeople().ifPresent(found -> fields.put("people", Map.of("items", found.items(), "clusters",
                found.clusters(), "win_rate", found.value(), "interval",
                List.of(found.interval().low(), found.interval().high()))));
        return fields;
    }

    private static Map<String, Object> fields(Calibration calibration) {
        var tasks = new LinkedHashMap<String, Object>();
        calibration.tasks().forEach((task, agreed) -> tasks.put(task, fields(agreed)));
        return Map.of("tasks", tasks, "pooled", fields(calibration.pooled()));
    }

    private static Map<String, Object> fields(Calibration.Agreed agreed) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("items", agreed.items());
        fields.put("agreement", agreed.agreement());
        fields.put("interval", List.of(agreed.interval().low(), agreed.interval().high()));
        if (Double.isFinite(agreed.cohen())) {
            fields.put("cohen", agreed.cohen());
            fields.put("krippendorff", agreed.krippendorff());
        }
        if (Double.isFinite(agreed.correlation().spearman())) {
            fields.put("spearman", agreed.correlation().spearman());
            fields.put("kendall", agreed.correlation().kendall());
        }
        return fields;
    }

    void show(Console console) {
        judged.forEach((task, judgement) -> {
            show(console, task, judgement, ratings.get(task));
            flags.get(task).forEach(flag -> console.line("  doubtful: %s", flag.meaning()));
        });
        showCalibration(console);
    }

    private static void show(Console console, String task, Judgement judgement, Ratings ratings) {
        var estimate = judgement.winRate(Bootstrap.standard(1));
        console.line("%s, %s", task, Figures.count(judgement.judged().size(), "pair"));
        console.line("  %s", Power.standard().statement(estimate.items(), estimate.clusters()));
        console.line("  B wins %.3f of them (%.3f to %.3f; %d won, %d tied, %d lost, p %s)", estimate.value(),
                estimate.interval().low(), estimate.interval().high(), judgement.count(Verdict.TUNED),
                judgement.count(Verdict.TIE), judgement.count(Verdict.BASE), Figures.p(judgement.test().p()));
        if (judgement.judged().size() >= LEAST_FOR_LENGTH) {
            LengthControlled controlled = judgement.lengthControlled();
            console.line("  at equal lengths %.3f; the longer answer is preferred in %.0f %%", controlled.controlled(),
                    100 * controlled.longerPreferred());
        }
        ratings.powered().ifPresent(found -> console.line("  people would say %.3f (%.3f to %.3f), if the labelled "
                + "items were drawn at random", found.mean(), found.interval().low(), found.interval().high()));
    }

    private void showCalibration(Console console) {
        if (calibration.isEmpty()) {
            console.line("The judge was not calibrated on labels of people (--labels), so it cannot decide a gate.");
            return;
        }
        var table = new TextTable("agreement with people", "items", "alike", "Cohen", "Krippendorff", "Spearman",
                "Kendall");
        calibration.get().tasks().forEach((task, agreed) -> row(table, task, agreed));
        row(table, "all together", calibration.get().pooled());
        console.line("%s", table);
        judged.forEach((task, judgement) -> console.line("%s: %s", task, !calibration.get().isSufficient(task)
                ? "that is not enough to decide a gate; %d labels of this task and a kappa of %.1f are needed."
                .formatted(Calibration.LEAST_ITEMS, Calibration.LEAST_KAPPA) : flags.get(task).isEmpty()
                ? "what people would say may decide a gate." : "the judge is doubtful, so it cannot decide a gate."));
    }

    private static void row(TextTable table, String name, Calibration.Agreed agreed) {
        table.row(name, String.valueOf(agreed.items()), "%.3f".formatted(agreed.agreement()),
                Double.isFinite(agreed.cohen()) ? "%.3f".formatted(agreed.cohen()) : "undefined",
                Double.isFinite(agreed.krippendorff()) ? "%.3f".formatted(agreed.krippendorff()) : "undefined",
                "%.3f".formatted(agreed.correlation().spearman()),
                "%.3f".formatted(agreed.correlation().kendall()));
    }
}
