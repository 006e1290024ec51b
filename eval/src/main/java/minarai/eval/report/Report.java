package minarai.eval.report;

import java.nio.file.Path;
import java.util.List;
import minarai.eval.AtomicFile;
import minarai.eval.Forgetting;

/// What a run did and whether it helped, as one page. Empty lists leave their section out.
///
/// @param title      of the page
/// @param verdict    the outcome in one sentence of plain words
/// @param groups     scores before and after, the most important group first
/// @param methods    how the figures came about, with signatures; notes such as the power of the test too
/// @param forgetting what tuning cost
/// @param examples   a few answers before and after
/// @param wrong      every answer of the tuned model that was not right
/// @param charts     curves of the training
/// @param budgets    planned against measured
/// @param provenance what is needed to make the run again
public record Report(String title, String verdict, List<ScoreGroup> groups, List<Method> methods,
        List<Forgetting> forgetting, List<Example> examples, List<WrongAnswer> wrong, List<Chart> charts,
        List<Budget> budgets, List<Fact> provenance) {

    public Report {
        groups = List.copyOf(groups);
        methods = List.copyOf(methods);
        forgetting = List.copyOf(forgetting);
        examples = List.copyOf(examples);
        wrong = List.copyOf(wrong);
        charts = List.copyOf(charts);
        budgets = List.copyOf(budgets);
        provenance = List.copyOf(provenance);
    }

    /// The page.
    public String html() {
        return new Page(this).html();
    }

    /// Writes the page; a reader sees the old one or the new one, never half of it.
    ///
    /// @throws java.io.UncheckedIOException if the disk refuses
    public void write(Path file) {
        AtomicFile.write(file, html());
    }
}
