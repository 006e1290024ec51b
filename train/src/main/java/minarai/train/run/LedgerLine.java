package minarai.train.run;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a line of a ledger says, without its place in the chain. The package's documentation has the form of each.
public sealed interface LedgerLine {

    /// The step the line is about; 0 before the first.
    int step();

    /// The line's keys and values, from `kind` on.
    LineText addTo(LineText text);

    /// Begins a ledger.
    ///
    /// @param numerics   version of the definition of every operation
    /// @param overrides  names of the refusals that were allowed
    /// @param parameters hash of what is trained, before the first step
    record Opening(String numerics, List<String> overrides, String parameters) implements LedgerLine {

        public Opening {
            overrides = List.copyOf(overrides);
        }

        @Override
        public int step() {
            return 0;
        }

        @Override
        public LineText addTo(LineText text) {
            return text.add("kind", "opening").add("format", FORMAT).add("numerics", numerics)
                    .add("overrides", overrides).add("parameters", parameters);
        }
    }

    /// An update.
    ///
    /// @param step         from 1
    /// @param samples      ids of its samples, in order
    /// @param tokens       hash of their tokens
    /// @param targets      hash of which of them are predicted
    /// @param labels       how many are predicted
    /// @param loss         mean over the labels, in nats, before the update
    /// @param gradientNorm before clipping
    /// @param learningRate of the update
    /// @param parameters   hash of what is trained, after the update
    record Step(int step, List<String> samples, String tokens, String targets, int labels, double loss,
            double gradientNorm, double learningRate, String parameters) implements LedgerLine {

        public Step {
            samples = List.copyOf(samples);
        }

        @Override
        public LineText addTo(LineText text) {
            return text.add("kind", "step").add("step", step).add("samples", samples).add("tokens", tokens)
                    .add("targets", targets).add("labels", labels).add("loss", loss)
                    .add("gradient_norm", gradientNorm).add("learning_rate", learningRate)
                    .add("parameters", parameters);
        }
    }

    /// The loss on the held-out pairs.
    ///
    /// @param step after which it was measured; 0 before the first
    record Validation(int step, int labels, double loss) implements LedgerLine {

        @Override
        public LineText addTo(LineText text) {
            return text.add("kind", "validation").add("step", step).add("labels", labels).add("loss", loss);
        }
    }

    /// A checkpoint was made of the state after a step.
    ///
    /// @param file   in the run's folder, with `/`
    /// @param sha256 of the file's bytes
    record Saved(int step, String file, String sha256) implements LedgerLine {

        @Override
        public LineText addTo(LineText text) {
            return text.add("kind", "checkpoint").add("step", step).add("file", file).add("sha256", sha256);
        }
    }

    /// Ends a ledger.
    ///
    /// @param step       whose parameters were kept
    /// @param parameters their hash
    /// @param files      SHA-256 of each file of the result, by its path in the run's folder
    record Closing(int step, String parameters, Map<String, String> files) implements LedgerLine {

        public Closing {
            files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
        }

        @Override
        public LineText addTo(LineText text) {
            return text.add("kind", "closing").add("step", step).add("parameters", parameters).add("files", files);
        }
    }

    /// Version of the form of the lines.
    int FORMAT = 1;

    /// What the line is, as a reader says it: `step 7`.
    default String title() {
        return switch (this) {
            case Opening opening -> "the opening";
            case Step step -> "step " + step.step;
            case Validation validation -> "the validation after step " + validation.step;
            case Saved saved -> "the checkpoint of step " + saved.step;
            case Closing closing -> "the closing";
        };
    }

    /// The first thing in which a line that was computed again differs from this one; the order is that in which a step
    /// comes about.
    default Optional<String> difference(LedgerLine again) {
        var differences = new ArrayList<String>();
        switch (this) {
            case Opening a when again instanceof Opening b -> {
                note(differences, "the numerics' version", a.numerics, b.numerics);
                note(differences, "the overrides", a.overrides, b.overrides);
                note(differences, "the parameters before the first step", a.parameters, b.parameters);
            }
            case Step a when again instanceof Step b -> {
                note(differences, "the number of the step", a.step, b.step);
                note(differences, "the samples", a.samples, b.samples);
                note(differences, "the tokens", a.tokens, b.tokens);
                note(differences, "the targets", a.targets, b.targets);
                note(differences, "the number of labels", a.labels, b.labels);
                note(differences, "the loss", a.loss, b.loss);
                note(differences, "the gradient norm", a.gradientNorm, b.gradientNorm);
                note(differences, "the learning rate", a.learningRate, b.learningRate);
                note(differences, "the parameters", a.parameters, b.parameters);
            }
            case Validation a when again instanceof Validation b -> {
                note(differences, "the number of the step", a.step, b.step);
                note(differences, "the number of labels", a.labels, b.labels);
                note(differences, "the validation loss", a.loss, b.loss);
            }
            case Saved a when again instanceof Saved b -> {
                note(differences, "the checkpoint's step", a.step, b.step);
                note(differences, "the checkpoint's name", a.file, b.file);
                note(differences, "the checkpoint's bytes", a.sha256, b.sha256);
            }
            case Closing a when again instanceof Closing b -> {
                note(differences, "the step that was kept", a.step, b.step);
                note(differences, "the parameters that were kept", a.parameters, b.parameters);
                note(differences, "the result's files", a.files, b.files);
            }
            default -> note(differences, "the kind of line", title(), again.title());
        }
        return differences.stream().findFirst();
    }

    private static void note(List<String> differences, String what, double recorded, double again) {
        if (Double.doubleToRawLongBits(recorded) != Double.doubleToRawLongBits(again)) {
            differences.add("%s: recorded as %s (bits %s), now %s (bits %s)".formatted(what, recorded,
                    LineText.bits(recorded), again, LineText.bits(again)));
        }
    }

    private static void note(List<String> differences, String what, Object recorded, Object again) {
        if (!recorded.equals(again)) {
            differences.add("%s: recorded as %s, now %s".formatted(what, clipped(recorded), clipped(again)));
        }
    }

    private static String clipped(Object value) {
        String text = value.toString();
        return text.length() > 200 ? text.substring(0, 200) + "…" : text;
    }
}
