package minarai.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import minarai.lab.shape.PublishedShape;

/// How to time.
///
/// @param threads counts of threads, each timed; the last is that of whole models
/// @param shape   of a model with random weights, in place of those that a bench is about
/// @param model   a model folder
/// @param data    pairs to train on
/// @param peers   other libraries beside ours
/// @param samples undisturbed samples of each contender
/// @param talk    hears what is being done
public record Setting(List<Integer> threads, Optional<PublishedShape> shape, Optional<Path> model, Optional<Path> data,
        List<Peer> peers, int samples, Consumer<String> talk) {

    public Setting {
        threads = List.copyOf(threads);
        peers = List.copyOf(peers);
        if (threads.isEmpty() || threads.stream().anyMatch(count -> count < 1)) {
            throw new IllegalArgumentException("threads to time with: at least one each, not " + threads);
        }
        if (samples < 1) {
            throw new IllegalArgumentException("at least one sample is needed, not " + samples);
        }
    }

    /// Whether models of a bench's own choice are timed.
    boolean isAnyShape() {
        return shape.isEmpty() && model.isEmpty();
    }

    int mostThreads() {
        return threads.getLast();
    }

    static String threads(int count) {
        return count == 1 ? "1 thread" : count + " threads";
    }
}
