package minarai.train;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import minarai.engine.Kernels;

/// What single pairs of a run did to chosen answers, measured: the run is trained again without each of them.
///
/// The influence of a pair is the answers' log-likelihood by the weights with which the run ended, less that by the
/// weights with which it would have ended without the pair, with the same number of steps and the same schedule.
/// Nothing is estimated, so two figures differ only if the weights do.
///
/// @see <a href="https://arxiv.org/abs/1703.04730">Koh and Liang 2017, who approximate it</a>
public final class Influence {

    private final Retraining retraining;
    private final Likelihood likelihood;
    private final Kernels kernels;

    /// What a pair did.
    ///
    /// @param id      of the pair
    /// @param start   the step after which the run without it was trained; 0 for the beginning
    /// @param steps   taken for it
    /// @param changes for each token of each answer, by how many nats the pair raised its log-likelihood
    public record Effect(String id, int start, int steps, List<double[]> changes) {

        /// By how many nats the pair raised the log-likelihood of all answers together.
        public double total() {
            return sum(changes);
        }

        /// The same per token.
        public double mean() {
            return total() / changes.stream().mapToInt(change -> change.length).sum();
        }
    }

    /// All effects.
    ///
    /// @param recorded the log-likelihood of each token of each answer by the weights with which the run ended
    /// @param effects  the pair that raised the answers' most first
    public record Effects(List<double[]> recorded, List<Effect> effects) {

        /// The log-likelihood of all answers together.
        public double total() {
            return sum(recorded);
        }
    }

    /// In the order of answers and tokens.
    private static double sum(List<double[]> values) {
        double sum = 0;
        for (double[] some : values) {
            for (double value : some) {
                sum += value;
            }
        }
        return sum;
    }

    public Influence(Retraining retraining, Likelihood likelihood, Kernels kernels) {
        this.retraining = retraining;
        this.likelihood = likelihood;
        this.kernels = kernels;
    }

    /// How many steps it will take, about.
    public int expectedSteps(List<String> ids) {
        return ids.stream().mapToInt(retraining::expectedSteps).sum();
    }

    /// Measures the effect of each of the pairs.
    ///
    /// @param progress hears of each step, numbered through, those that are needed for the run's own end included
    /// @throws minarai.train.run.LedgerDamage       if the run is not what is on record
    /// @throws minarai.train.check.RefusedException if a check would have refused the run without a pair
    public Effects of(List<String> ids, Progress progress) {
        long begun = System.nanoTime();
        int left = expectedSteps(ids);
        var before = new Taken(begun, 0, retraining.stepsAsRecorded() + left, progress);
        retraining.asRecorded(before);
        List<double[]> recorded = likelihood.of(retraining.model(), kernels);
        var effects = new ArrayList<Effect>();
        int done = before.done;
        for (String id : ids) {
            Lessons lessons = retraining.without(Set.of(id));
            CommonStart start = retraining.start(lessons);
            left -= retraining.expectedSteps(id);
            var taken = new Taken(begun, done, done + lessons.steps() - start.step() + left, progress);
            retraining.train(lessons, start, taken);
            effects.add(new Effect(id, start.step(), taken.done - done,
                    changes(recorded, likelihood.of(retraining.model(), kernels))));
            done = taken.done;
        }
        effects.sort(Comparator.comparingDouble(Effect::total).reversed().thenComparing(Effect::id));
        return new Effects(recorded, effects);
    }

    private static List<double[]> changes(List<double[]> with, List<double[]> without) {
        var changes = new ArrayList<double[]>();
        for (int i = 0; i < with.size(); i++) {
            double[] change = with.get(i).clone();
            for (int token = 0; token < change.length; token++) {
                change[token] -= without.get(i)[token];
            }
            changes.add(change);
        }
        return changes;
    }

    /// Steps of all trainings, told as those of one work.
    private static final class Taken implements Progress {

        private final long begun;
        private final int steps;
        private final Progress progress;
        private int done;

        Taken(long begun, int done, int steps, Progress progress) {
            this.begun = begun;
            this.done = done;
            this.steps = steps;
            this.progress = progress;
        }

        @Override
        public void reached(Point point) {
            done++;
            long elapsed = System.nanoTime() - begun;
            progress.reached(new Point(done, steps, point.loss(), point.learningRate(), point.tokensPerSecond(),
                    Duration.ofNanos(elapsed), Duration.ofNanos(elapsed / done * Math.max(0, steps - done))));
        }
    }
}
