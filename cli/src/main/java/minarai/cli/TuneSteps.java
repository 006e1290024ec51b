package minarai.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import minarai.engine.Kernels;
import minarai.eval.report.Fact;
import minarai.train.Lessons;
import minarai.train.ServingProof;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;

/// The steps of a tuning run as a command leads them: announced, shown while they are taken, proved and reported.
record TuneSteps(Console console) {

    /// Opens what the run left as other commands do.
    static Supplier<ServingProof> served(Assignment assignment, Tuning tuning, Path run, Kernels kernels) {
        return () -> ServingProof.of(folder -> assignment.on(folder).open(), tuning, run, assignment.model(), kernels);
    }

    void announce(Lessons lessons, Dataset dataset) {
        if (!dataset.ignoredKeys().isEmpty()) {
            console.remark("Not read from %s: %s", dataset.file().getFileName(),
                    String.join(", ", dataset.ignoredKeys()));
        }
        lessons.overridden().forEach(refusal -> console.remark("Allowed (%s): %s", refusal.override(), refusal));
        lessons.setAside().forEach(refusal -> console.remark("Held out and set aside: %s", refusal));
        if (!lessons.recipe().forget().isEmpty()) {
            console.remark("Left out: %s", Figures.count(lessons.recipe().forget().size(), "pair"));
        }
        console.remark("%s to train on, %d held out", Figures.count(lessons.training().size(), "pair"),
                lessons.validation().size());
    }

    /// Takes the steps that are left and writes the report.
    ///
    /// @param facts about the run, before all others in the report
    TuneResult take(Tuning tuning, RunFolder folder, RunRecord record, BeforeAndAfter examples,
            Supplier<ServingProof> served, List<Fact> facts) {
        return Backend.recorded("minarai tune --resume " + folder.path(), tuning.lessons().recipe().backend(), console,
                () -> taken(tuning, folder, record, examples, served, facts));
    }

    private TuneResult taken(Tuning tuning, RunFolder folder, RunRecord record, BeforeAndAfter examples,
            Supplier<ServingProof> served, List<Fact> facts) {
        long start = System.nanoTime();
        Tuning.Outcome outcome;
        examples.askBase();
        try (var interruption = new Interruption(console, () -> console.remark(
                "Stopped. Go on with: minarai tune --resume %s", folder.path()));
                var progress = new ProgressLine(console, interruption)) {
            outcome = tuning.run(folder, progress);
            interruption.check();
        }
        var result = new TuneResult(folder, record, tuning.plan(), outcome, served.get(), Curves.read(folder.path()),
                PeakMemory.bytes(), Duration.ofNanos(System.nanoTime() - start));
        result.report(examples.askTuned(), facts).write(folder.report());
        return result;
    }
}
