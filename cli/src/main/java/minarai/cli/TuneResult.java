package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import minarai.eval.report.Budget;
import minarai.eval.report.Chart;
import minarai.eval.report.Curve;
import minarai.eval.report.Example;
import minarai.eval.report.Fact;
import minarai.eval.report.Method;
import minarai.eval.report.Report;
import minarai.train.Plan;
import minarai.train.ServingProof;
import minarai.train.Tuning;
import minarai.train.run.Ledger;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;

/// What came out of a run, as a table, as JSON and as a report.
///
/// @param proof     whether what was written serves as it was trained
/// @param curves    of all its steps, those before it was taken up again included
/// @param peakBytes the most memory the process has had
/// @param took      the time of the steps taken now
record TuneResult(RunFolder folder, RunRecord record, Plan plan, Tuning.Outcome outcome, ServingProof proof,
        Curves curves, long peakBytes, Duration took) {

    private static final String LOSS = "loss";
    private static final String VALIDATION = "validation_loss";

    /// @throws IllegalArgumentException if the run is complete
    static void requireUnfinished(RunFolder folder) {
        if (Files.exists(folder.path().resolve(Ledger.NAME)) && Files.exists(folder.report())
                && Ledger.read(folder.path()).closing().isPresent()) {
            throw new IllegalArgumentException(("the run %s is complete; there is nothing to go on with. It can be "
                    + "checked: ").formatted(folder.path()) + "minarai replay " + folder.path());
        }
    }

    private static Path output(RunFolder folder) {
        Path model = folder.path().resolve(RunFolder.MODEL);
        return Files.exists(model) ? model : folder.adapter();
    }

    /// The keys that other programs rely on.
    Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("run", folder.path().toString());
        fields.put("steps", curves.of(LOSS).size());
        fields.put("losses", curves.inOrder(LOSS));
        fields.put("gradient_norms", curves.inOrder("gradient_norm"));
        fields.put("learning_rates", curves.inOrder("learning_rate"));
        fields.put("parameter_hash", outcome.parameterHash());
        fields.put("tokens_per_second", outcome.tokensPerSecond());
        fields.put("peak_memory_bytes", peakBytes);
        fields.put("planned_memory_bytes", plan.totalBytes());
        fields.put("serving", serving());
        return fields;
    }

    private Map<String, Object> serving() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("logits_compared", proof.isReloaded());
        fields.put("verified", proof.differences().isEmpty());
        fields.put("differences", proof.differences());
        fields.put("probes", proof.probes());
        fields.put("positions", proof.positions());
        proof.merged().ifPresent(drift -> fields.put("merged_greatest_difference", drift.greatest()));
        return fields;
    }

    void show(Console console) {
        List<Double> losses = curves.inOrder(LOSS);
        List<Double> held = curves.inOrder(VALIDATION);
        var table = new TextTable();
        table.row("steps", "%,d".formatted(losses.size()));
        if (losses.size() > 1) {
            table.row("loss in training", "%.4f → %.4f (means of the first and the last %s)".formatted(
                    mean(losses.subList(0, quarter(losses))), mean(last(losses)), Figures.count(quarter(losses),
                    "step")));
        }
        if (!held.isEmpty()) {
            table.row("loss on held-out pairs", "%.4f → %.4f".formatted(held.getFirst(), held.getLast()));
        }
        table.row("time", "%s, %,.0f tokens/s".formatted(ProgressLine.duration(took), outcome.tokensPerSecond()));
        table.row("memory", "%s at most, %s planned".formatted(Figures.bytes(peakBytes),
                Figures.bytes(plan.totalBytes())));
        boolean isAdapter = Files.exists(folder.adapter());
        table.row(isAdapter ? "adapter" : "model", output(folder).toString());
        table.row("served", proof.toString());
        table.row("report", folder.report().toString());
        console.line(table.toString());
        String model = isAdapter ? "-m %s -a %s".formatted(record.recipe().get("model"), folder.path())
                : "-m " + folder.path();
        String template = record.recipe().containsKey("template")
                ? " --template " + record.recipe().get("template") : "";
        console.remark("%nAsk it:  minarai generate %s%s --chat --prompt '…'", model, template);
    }

    /// The page about the run.
    ///
    /// @param facts before all others
    Report report(List<Example> examples, List<Fact> facts) {
        return new Report("Tuning run " + folder.path().getFileName(), verdict(), List.of(), methods(), List.of(),
                examples, List.of(), charts(), budgets(), provenance(facts));
    }

    private String verdict() {
        List<Double> held = curves.inOrder(VALIDATION);
        List<Double> losses = curves.inOrder(LOSS);
        if (held.size() > 1) {
            double before = held.getFirst();
            double after = held.getLast();
            return "The loss on pairs that were held out %s from %.3f to %.3f nats per token in %s.".formatted(
                    after < before ? "fell" : after > before ? "rose" : "stayed, going", before, after,
                    Figures.count(losses.size(), "step"));
        }
        if (losses.size() < 2) {
            return losses.isEmpty() ? "No step was taken." : "One step was taken; that tells nothing yet.";
        }
        return ("In training the loss went from a mean of %.3f nats per token in the first %s to one of %.3f in the "
                + "last; no pairs were held out, so nothing is known of others.").formatted(
                mean(losses.subList(0, quarter(losses))), Figures.count(quarter(losses), "step"), mean(last(losses)));
    }

    /// So many steps are taken together, because each has the loss of its own few pairs.
    private static int quarter(List<Double> losses) {
        return Math.ceilDiv(losses.size(), 4);
    }

    private static List<Double> last(List<Double> losses) {
        return losses.subList(losses.size() - quarter(losses), losses.size());
    }

    private static double mean(List<Double> losses) {
        return losses.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private static List<Method> methods() {
        return List.of(new Method("Loss", "The mean negative log-likelihood of the answers' tokens in nats; each token "
                + "counts the same. At each step it is that of the step's own pairs, before the update.", ""),
                new Method("Answers", "The most likely token is taken at each place, 48 at most, before the first step "
                + "and after the last. Held-out pairs are asked where there are any, else pairs of the training.", ""),
                new Method("Served as trained", "After the last step base, tokenizer, template and adapter were opened "
                + "anew and asked a few pairs of the training; token ids and logits were compared with those of the "
                + "trained model, bit for bit, and the adapter was merged into the base's weights to see how far that "
                + "moves the logits.", ""));
    }

    private List<Chart> charts() {
        var losses = new ArrayList<Curve>();
        losses.add(curves.curve(LOSS, "training"));
        if (!curves.of(VALIDATION).isEmpty()) {
            losses.add(curves.curve(VALIDATION, "held-out pairs"));
        }
        return List.of(new Chart("Loss", "nats per token", "step", false, losses),
                new Chart("Learning rate", "per step", "step", true,
                        List.of(curves.curve("learning_rate", "learning rate"))),
                new Chart("Gradient norm", "before clipping", "step", true,
                        List.of(curves.curve("gradient_norm", "gradient norm"))),
                new Chart("Speed", "tokens per second", "step", true,
                        List.of(curves.curve("tokens_per_second", "tokens per second"))));
    }

    private List<Budget> budgets() {
        return List.of(new Budget("Peak memory", "MB", plan.totalBytes() / 1048576.0, peakBytes / 1048576.0),
                new Budget("Steps", "steps", plan.steps(), curves.of(LOSS).size()));
    }

    private List<Fact> provenance(List<Fact> first) {
        var facts = new ArrayList<>(first);
        facts.add(new Fact("parameters", outcome.parameterHash()));
        facts.add(new Fact("served as trained", proof.toString()));
        record.hashes().forEach((name, hash) -> facts.add(new Fact(name, hash)));
        record.recipe().forEach((key, value) -> facts.add(new Fact(key, String.valueOf(value))));
        record.versions().forEach((name, version) -> facts.add(new Fact(name, version)));
        record.overrides().forEach(refusal -> facts.add(new Fact("allowed: " + refusal.override(),
                refusal.toString())));
        return facts;
    }
}
