package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import minarai.eval.Pairing;
import minarai.eval.results.Samples;

/// What `eval` left in a folder: the latest samples of each task, and the latest results.
final class EvaluationFolder {

    private static final Pattern SAMPLES = Pattern.compile("samples_(.+)_(\\d{4}-\\d{2}-\\d{2}T[0-9.-]+)\\.jsonl");
    private static final Pattern RESULTS = Pattern.compile("results_\\d{4}-\\d{2}-\\d{2}T[0-9.-]+\\.json");

    private EvaluationFolder() {
    }

    /// Two evaluations of the same task, joined by item.
    ///
    /// @param differences in what they were asked differently
    record Paired(String task, Pairing pairing, Differences differences) {

        /// Whether there is nothing that was answered: the items are texts whose likelihood was measured.
        boolean isText() {
            return pairing.results().stream().allMatch(result -> result.base().scores().isEmpty()
                    && result.base().text().isEmpty() && result.base().likelihood().isPresent()
                    && result.tuned().likelihood().isPresent());
        }
    }

    /// The tasks with questions that two evaluations have in common.
    ///
    /// @throws IllegalArgumentException if they have none, or a task has no item in common
    static List<Paired> questions(Path base, Path tuned) {
        List<Paired> questions = pair(base, tuned).stream().filter(pair -> !pair.isText()).toList();
        if (questions.isEmpty()) {
            throw new IllegalArgumentException("%s and %s have texts in common, but no task that asks anything"
                    .formatted(base, tuned));
        }
        return questions;
    }

    /// The tasks two evaluations have in common, texts too; two samples files are one.
    ///
    /// @throws IllegalArgumentException if they have none, or a task has no item in common
    static List<Paired> pair(Path base, Path tuned) {
        if (Files.isRegularFile(base) && Files.isRegularFile(tuned)) {
            return List.of(paired(task(base), base, tuned));
        }
        SortedMap<String, Path> first = samples(base);
        SortedMap<String, Path> second = samples(tuned);
        var shared = first.keySet().stream().filter(second::containsKey).toList();
        if (shared.isEmpty()) {
            throw new IllegalArgumentException(("the two evaluations have no task in common: %s has %s, %s has %s")
                    .formatted(base, first.keySet(), tuned, second.keySet()));
        }
        return shared.stream().map(task -> paired(task, first.get(task), second.get(task))).toList();
    }

    private static Paired paired(String task, Path base, Path tuned) {
        var pairing = Pairing.of(Samples.read(base), Samples.read(tuned));
        if (pairing.results().isEmpty()) {
            throw new IllegalArgumentException("%s and %s have no question in common; were they asked the same task?"
                    .formatted(base, tuned));
        }
        return new Paired(task, pairing, Differences.between(resultsOf(base), resultsOf(tuned), task));
    }

    /// The latest samples file of each task in a folder.
    static SortedMap<String, Path> samples(Path folder) {
        SortedMap<String, Path> samples = samplesIfAny(folder);
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("%s holds no samples_….jsonl of an evaluation".formatted(folder));
        }
        return samples;
    }

    /// The same of a folder that may hold an evaluation of texts only.
    static SortedMap<String, Path> samplesIfAny(Path folder) {
        var samples = new TreeMap<String, Path>();
        files(folder, SAMPLES).forEach(file -> samples.put(task(file), file));
        return samples;
    }

    /// The latest results file; empty where there is none.
    static Optional<Path> results(Path folder) {
        return files(folder, RESULTS).stream().reduce((first, last) -> last);
    }

    /// The figures of a results file by task and measure, those of texts too, which leave no samples.
    static SortedMap<String, Double> figures(Path folder) {
        var figures = new TreeMap<String, Double>();
        results(folder).ifPresent(file -> InputLines.json(file).path("results").properties().forEach(task ->
                task.getValue().properties().stream().filter(measure -> measure.getKey().endsWith(",none")
                        && measure.getValue().isNumber() && !measure.getKey().contains("_stderr"))
                        .forEach(measure -> figures.put(task.getKey() + "/" + measure.getKey().replace(",none", ""),
                                measure.getValue().asDouble()))));
        return figures;
    }

    /// The results that were written with a samples file, whether they are still there or not.
    private static Path resultsOf(Path samples) {
        Matcher name = SAMPLES.matcher(samples.getFileName().toString());
        return samples.resolveSibling("results_%s.json".formatted(name.matches() ? name.group(2) : ""));
    }

    private static List<Path> files(Path folder, Pattern name) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(("there is no evaluation at %s: no such folder. Name the folder that"
                    + " was given to eval -o").formatted(folder));
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> name.matcher(file.getFileName().toString()).matches()).sorted().toList();
        } catch (IOException failure) {
            throw new UncheckedIOException("looking into " + folder, failure);
        }
    }

    private static String task(Path file) {
        Matcher name = SAMPLES.matcher(file.getFileName().toString());
        return name.matches() ? name.group(1) : file.getFileName().toString();
    }
}
