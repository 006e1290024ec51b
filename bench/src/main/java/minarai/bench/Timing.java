package minarai.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.locks.LockSupport;

/// Times contenders against each other and against a ceiling.
///
/// Each is first run until it is compiled. Then they take turns; around each sample the ceiling is probed. It ends when
/// every contender has enough undisturbed samples, or after three times as many rounds.
final class Timing {

    private static final long STEADY_NANOS = 300_000_000;
    private static final long LONGEST_WARM_UP_NANOS = 6_000_000_000L;
    private static final double SAMPLE_NANOS = 25e6;
    /// Threads of the engine and of a peer spin for a moment after their last work; they must not disturb the next.
    private static final long PAUSE_NANOS = 2_000_000;

    private final Ceiling ceiling;
    private final int wanted;
    private final long pauseNanos;
    private double best;

    /// @param wanted undisturbed samples of each contender
    Timing(Ceiling ceiling, int wanted) {
        this(ceiling, wanted, PAUSE_NANOS);
    }

    private Timing(Ceiling ceiling, int wanted, long pauseNanos) {
        this.ceiling = ceiling;
        this.wanted = wanted;
        this.pauseNanos = pauseNanos;
    }

    /// The same with so long a pause after each sample that the threads of other libraries, which spin for longer than
    /// ours, have come to rest.
    Timing amongPeers() {
        return new Timing(ceiling, wanted, 10 * PAUSE_NANOS);
    }

    private static final class Turn {

        private final Contender contender;
        private final int repeats;
        private final Samples samples;

        Turn(Contender contender, Ceiling.Kind kind) {
            samples = new Samples(kind);
            this.contender = contender;
            long once = WarmUp.nanos(contender.work(), STEADY_NANOS, LONGEST_WARM_UP_NANOS);
            repeats = Math.clamp(Math.round(SAMPLE_NANOS / once), 1, 1_000_000);
        }

        double seconds() {
            long start = System.nanoTime();
            for (int i = 0; i < repeats; i++) {
                contender.work().run();
            }
            return (System.nanoTime() - start) / 1e9 / repeats;
        }
    }

    /// What was measured of each, by name.
    SequencedMap<String, Samples.Summary> compare(List<Contender> contenders) {
        var turns = new ArrayList<Turn>();
        for (Contender contender : contenders) {
            turns.add(new Turn(contender, ceiling.kind()));
            pause();
        }
        for (int round = 0; round < 3 * wanted && !isEnough(turns); round++) {
            turns.forEach(this::sample);
        }
        var summaries = new LinkedHashMap<String, Samples.Summary>();
        turns.forEach(turn -> summaries.put(turn.contender.name(), turn.samples.summary(turn.contender.units(), best)));
        return summaries;
    }

    private boolean isEnough(List<Turn> turns) {
        return turns.stream().allMatch(turn -> turn.samples.kept(best) >= wanted);
    }

    /// The probe empties the caches or fills them, so one call goes before the timed ones.
    private void sample(Turn turn) {
        double before = probe();
        turn.contender.work().run();
        double seconds = turn.seconds();
        pause();
        turn.samples.add(seconds, before, probe(), 0);
    }

    private void pause() {
        LockSupport.parkNanos(pauseNanos);
    }

    private double probe() {
        double rate = ceiling.measure();
        best = Math.max(best, rate);
        return rate;
    }

    /// The best probe so far, in 10⁹ a second.
    double best() {
        return best;
    }
}
