package minarai.models;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import minarai.engine.Kernels;
import minarai.engine.Ops;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.decoding.Guidance;
import minarai.models.decoding.Guide;

/// Generation and log-likelihood with one model. Sequences run side by side, which changes the speed and no bit of the
/// results.
public final class Inference {

    /// Tokens that go through the model in one call.
    private static final int CHUNK = 1024;
    /// Rows of a cache: sequences times the longest of them.
    private static final long CACHE_ROWS = 1 << 13;
    /// Logits in memory at once.
    private static final int LOGITS = 1 << 22;

    private final LanguageModel model;
    private final Kernels kernels;
    private final Workspace workspace;

    public Inference(LanguageModel model, Kernels kernels) {
        this.model = model;
        this.kernels = kernels;
        workspace = Workspace.growing(kernels.memory());
    }

    public LanguageModel model() {
        return model;
    }

    /// When generation ends.
    ///
    /// @param maxTokens how many tokens at most
    /// @param ends      ids that end an answer; they are not part of it
    public record Limits(int maxTokens, Set<Integer> ends) {
        public Limits {
            if (maxTokens < 1) {
                throw new IllegalArgumentException("at least one token must be generated, not " + maxTokens);
            }
            ends = Set.copyOf(ends);
        }
    }

    /// What was generated.
    ///
    /// @param ids     the new tokens, without the end token
    /// @param isEnded whether an end token came or the guide ended it, rather than the limit
    /// @param end     the end token that came
    public record Completion(int[] ids, boolean isEnded, OptionalInt end) {

        /// The new tokens with the end token, if one came.
        public int[] idsWithEnd() {
            return IntStream.concat(IntStream.of(ids), end.stream()).toArray();
        }
    }

    /// Takes tokens as they are chosen.
    @FunctionalInterface
    public interface Listener {
        void token(int sequence, int id);
    }

    /// Continues one prompt; `listener` sees each token at once.
    public Completion generate(int[] prompt, Sampler sampler, Limits limits, Listener listener) {
        return generate(List.of(prompt), sampler, limits, listener).getFirst();
    }

    /// Continues several prompts side by side.
    ///
    /// @throws IllegalArgumentException if a prompt is empty, or longer than the model can take
    public List<Completion> generate(List<int[]> prompts, Sampler sampler, Limits limits, Listener listener) {
        return generate(prompts, sampler, limits, listener, Guidance.of(List.of()));
    }

    /// As above, steered.
    ///
    /// @throws IllegalArgumentException if a prompt is empty, longer than the model can take, or leaves no room for
    ///                                  what the guidance asks for
    public List<Completion> generate(List<int[]> prompts, Sampler sampler, Limits limits, Listener listener,
            Guidance guidance) {
        var completions = new ArrayList<Completion>();
        int slots = 1;
        for (int first = 0; first < prompts.size(); first += slots) {
            slots = slots(prompts, first, limits.maxTokens());
            completions.addAll(sideBySide(prompts.subList(first, first + slots), first,
                    new Manner(sampler, limits, listener, guidance)));
        }
        return completions;
    }

    /// How many sequences from `first` on run together.
    ///
    /// @param added tokens that each may grow by
    private int slots(List<int[]> sequences, int first, int added) {
        int tokens = 0;
        long longest = 0;
        int slots = 0;
        while (first + slots < sequences.size()) {
            int length = sequences.get(first + slots).length;
            longest = Math.max(longest, length);
            boolean fits = tokens + length <= CHUNK
                    && (slots + 1) * Math.min(model.maxPositions(), longest + added) <= CACHE_ROWS;
            if (slots > 0 && !fits) {
                return slots;
            }
            tokens += length;
            slots++;
        }
        return slots;
    }

    /// How sequences are generated.
    private record Manner(Sampler sampler, Limits limits, Listener listener, Guidance guidance) {
    }

    private List<Completion> sideBySide(List<int[]> prompts, int firstNumber, Manner manner) {
        prompts.forEach(prompt -> requireRoom(prompt.length));
        int longest = prompts.stream().mapToInt(prompt -> prompt.length).max().orElseThrow();
        int most = manner.limits().maxTokens();
        int capacity = (int) Math.min(model.maxPositions(), (long) longest + most);
        KeyValueCache cache = model.cache(prompts.size(), capacity);
        var answers = new ArrayList<Answer>();
        for (int slot = 0; slot < prompts.size(); slot++) {
            int room = Math.min(most, capacity + 1 - prompts.get(slot).length);
            answers.add(new Answer(firstNumber + slot, prompts.get(slot), room, manner));
        }
        int[] open = range(prompts.size());
        List<int[]> fed = prompts;
        while (open.length > 0) {
            Tensor logits = lastLogits(cache.next(open, fed), cache);
            var stillOpen = new ArrayList<Integer>();
            fed = new ArrayList<>();
            for (int i = 0; i < open.length; i++) {
                Answer answer = answers.get(open[i]);
                if (answer.isOpenAfterNext(logits, i, cache.length(open[i]))) {
                    stillOpen.add(open[i]);
                    fed.add(new int[] {answer.ids.getLast()});
                }
            }
            open = stillOpen.stream().mapToInt(Integer::intValue).toArray();
        }
        return answers.stream().map(Answer::completion).toList();
    }

    /// One sequence while it grows.
    private static final class Answer {

        private final int number;
        private final int room;
        private final Manner manner;
        private final Guide guide;
        private final List<Integer> ids = new ArrayList<>();
        private boolean isEnded;
        private OptionalInt end = OptionalInt.empty();

        Answer(int number, int[] prompt, int room, Manner manner) {
            this.number = number;
            this.room = room;
            this.manner = manner;
            guide = manner.guidance().follow(number, prompt, room);
        }

        /// Chooses the next token from a row of logits; tells whether another may come.
        boolean isOpenAfterNext(Tensor logits, int row, int position) {
            Tensor shaped = Tensor.of(1, logits.columns(), logits.slice(row, 1).toArray());
            guide.shape(shaped.data());
            int id = manner.sampler().choose(shaped, 0, number, position);
            if (manner.limits().ends().contains(id)) {
                isEnded = true;
                end = OptionalInt.of(id);
                return false;
            }
            ids.add(id);
            manner.listener().token(number, id);
            isEnded = !guide.isOpenAfter(id);
            return !isEnded && ids.size() < room;
        }

        Completion completion() {
            return new Completion(ids.stream().mapToInt(Integer::intValue).toArray(), isEnded, end);
        }
    }

    private void requireRoom(int length) {
        if (length < 1 || length > model.maxPositions()) {
            throw new IllegalArgumentException(("a prompt of %d tokens: the model takes 1 to %d. Shorten the prompt, "
                    + "or ask for more positions where the model has them.").formatted(length, model.maxPositions()));
        }
    }

    private Tensor lastLogits(Tokens tokens, KeyValueCache cache) {
        Ops ops = ops();
        int[] last = new int[tokens.spans().length];
        Arrays.setAll(last, s -> tokens.spans()[s].firstQuery() + tokens.spans()[s].queries() - 1);
        return kernels.memory().download(model.logits(ops, model.hidden(ops, tokens, cache, Asked.of(last))));
    }

    private Ops ops() {
        return new Ops(kernels, workspace.reset(), Tape.off());
    }

    private static int[] range(int count) {
        int[] range = new int[count];
        Arrays.setAll(range, i -> i);
        return range;
    }

    /// Logits after each token of one sequence: tokens x vocabulary, a copy.
    public Tensor logits(int[] sequence) {
        requireRoom(sequence.length);
        Ops ops = ops();
        Tensor logits = kernels.memory().download(model.logits(ops, model.hidden(ops, Tokens.of(sequence),
                KeyValueCache.none(), Asked.all())));
        return Tensor.of(logits.rows(), logits.columns(), logits.toArray());
    }

    /// The last layer's normalised features of each token of one sequence: tokens x hidden size, a copy.
    public Tensor features(int[] sequence) {
        requireRoom(sequence.length);
        Tensor features = kernels.memory().download(model.hidden(ops(), Tokens.of(sequence), KeyValueCache.none(),
                Asked.all()));
        return Tensor.of(features.rows(), features.columns(), features.toArray());
    }

    /// Negative log-likelihoods in nats: for each sequence, one number for each token after its first.
    public List<float[]> losses(List<int[]> sequences) {
        var losses = new ArrayList<float[]>();
        int count;
        for (int first = 0; first < sequences.size(); first += count) {
            count = slots(sequences, first, 0);
            losses.addAll(lossesTogether(sequences.subList(first, first + count)));
        }
        return losses;
    }

    private List<float[]> lossesTogether(List<int[]> sequences) {
        sequences.forEach(sequence -> requireRoom(sequence.length));
        Ops ops = ops();
        Tokens tokens = Tokens.of(sequences);
        Tensor hidden = model.hidden(ops, tokens, KeyValueCache.none(), Asked.all());
        int block = Math.max(1, LOGITS / model.vocabularySize());
        var losses = new ArrayList<float[]>();
        int start = 0;
        for (int[] sequence : sequences) {
            float[] each = new float[sequence.length - 1];
            for (int from = 0; from < each.length; from += block) {
                int count = Math.min(block, each.length - from);
                int[] labels = Arrays.copyOfRange(sequence, from + 1, from + 1 + count);
                Tensor logits = model.logits(ops, hidden.slice(start + from, count));
                Tensor part = kernels.memory().download(ops.crossEntropy(logits, labels, 1));
                System.arraycopy(part.toArray(), 0, each, from, count);
            }
            losses.add(each);
            start += sequence.length;
        }
        return losses;
    }

    /// The log-likelihood in nats of continuations of prompts, summed over their tokens.
    ///
    /// @throws IllegalArgumentException if a prompt is empty, for nothing predicts the first token of a text
    public double[] logLikelihoods(List<int[]> prompts, List<int[]> continuations) {
        if (prompts.size() != continuations.size()) {
            throw new IllegalArgumentException("%d prompts but %d continuations".formatted(prompts.size(),
                    continuations.size()));
        }
        prompts.forEach(prompt -> requireRoom(prompt.length));
        var sequences = new ArrayList<int[]>();
        for (int i = 0; i < prompts.size(); i++) {
            int[] prompt = prompts.get(i);
            int[] joined = Arrays.copyOf(prompt, prompt.length + continuations.get(i).length);
            System.arraycopy(continuations.get(i), 0, joined, prompt.length, continuations.get(i).length);
            sequences.add(joined);
        }
        List<float[]> losses = losses(sequences);
        double[] sums = new double[prompts.size()];
        for (int i = 0; i < sums.length; i++) {
            float[] each = losses.get(i);
            for (int t = prompts.get(i).length - 1; t < each.length; t++) {
                sums[i] -= each[t];
            }
        }
        return sums;
    }
}
