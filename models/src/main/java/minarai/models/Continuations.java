package minarai.models;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import minarai.engine.Kernels;
import minarai.engine.Ops;
import minarai.engine.Span;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;

/// How likely a model finds what may follow a context. Several contexts go through the model in one call, each computed
/// once for all of its continuations; logits are made of the tokens of continuations only. The bits are those of
/// computing every sequence whole and alone.
public final class Continuations {

    /// Tokens that go through the model in one call.
    private static final int CHUNK = 2048;
    /// Logits in memory at once: with too few rows a product with the head waits for its weights.
    private static final int LOGITS = 1 << 24;

    private final LanguageModel model;
    private final Kernels kernels;
    private final Workspace workspace;
    private long computed;

    public Continuations(LanguageModel model, Kernels kernels) {
        this.model = model;
        this.kernels = kernels;
        workspace = Workspace.growing(kernels.memory());
    }

    /// A context and what may follow it, in token ids; none is empty.
    public record Request(int[] context, List<int[]> continuations) {

        /// @throws IllegalArgumentException if the context or a continuation is empty
        public Request {
            continuations = List.copyOf(continuations);
            if (context.length == 0 || continuations.isEmpty()
                    || continuations.stream().anyMatch(continuation -> continuation.length == 0)) {
                throw new IllegalArgumentException(("a context of %d tokens with continuations of %s tokens; needed: "
                        + "at least one token in each, for nothing predicts the first token of a text")
                        .formatted(context.length, continuations.stream().map(each -> each.length).toList()));
            }
        }

        private int tokens() {
            return context.length - 1 + continuations.stream().mapToInt(each -> each.length).sum();
        }
    }

    /// @param logProbability natural logarithm, summed over the continuation's tokens
    /// @param isGreedy       whether each token is the likeliest there
    public record Result(double logProbability, boolean isGreedy) {
    }

    /// Tokens that went through the model so far; shared ones count once.
    public long tokensComputed() {
        return computed;
    }

    /// For each request a result for each of its continuations.
    ///
    /// @throws IllegalArgumentException if a context with a continuation is longer than the model can take
    public List<List<Result>> of(List<Request> requests) {
        var results = new ArrayList<List<Result>>();
        int first = 0;
        while (first < requests.size()) {
            int end = first;
            int tokens = 0;
            while (end < requests.size() && (end == first || tokens + requests.get(end).tokens() <= CHUNK)) {
                tokens += requests.get(end).tokens();
                end++;
            }
            results.addAll(together(requests.subList(first, end)));
            first = end;
        }
        return results;
    }

    /// The last token of a context is computed with each continuation: it predicts the first token there, and a
    /// sequence needs a row of its own.
    private List<List<Result>> together(List<Request> requests) {
        var layout = new Layout(requests, model.maxPositions());
        computed += layout.ids.length;
        var ops = new Ops(kernels, workspace.reset(), Tape.off());
        Tensor hidden = model.hidden(ops, new Tokens(layout.ids, layout.positions, layout.spans, new int[0]),
                KeyValueCache.none(), Asked.of(layout.rows));
        int count = layout.labels.length;
        float[] losses = new float[count];
        boolean[] isLikeliest = new boolean[count];
        int block = Math.max(1, LOGITS / model.vocabularySize());
        for (int from = 0; from < count; from += block) {
            int until = Math.min(count, from + block);
            Tensor logits = model.logits(ops, hidden.slice(from, until - from));
            Tensor read = kernels.memory().download(logits);
            for (int i = from; i < until; i++) {
                isLikeliest[i] = likeliest(read, i - from) == layout.labels[i];
            }
            Tensor part = kernels.memory().download(ops.crossEntropy(logits,
                    Arrays.copyOfRange(layout.labels, from, until), 1));
            System.arraycopy(part.toArray(), 0, losses, from, until - from);
        }
        return split(requests, losses, isLikeliest);
    }

    private static int likeliest(Tensor logits, int row) {
        int best = 0;
        for (int id = 1; id < logits.columns(); id++) {
            best = logits.at(row, id) > logits.at(row, best) ? id : best;
        }
        return best;
    }

    private static List<List<Result>> split(List<Request> requests, float[] losses, boolean[] isLikeliest) {
        var results = new ArrayList<List<Result>>();
        int at = 0;
        for (Request request : requests) {
            var each = new ArrayList<Result>();
            for (int[] continuation : request.continuations) {
                double sum = 0;
                boolean isGreedy = true;
                for (int i = 0; i < continuation.length; i++, at++) {
                    sum -= losses[at];
                    isGreedy &= isLikeliest[at];
                }
                each.add(new Result(sum, isGreedy));
            }
            results.add(each);
        }
        return results;
    }

    /// Where the tokens of requests lie: of each first the context without its last token, then for each continuation
    /// that last token and the continuation without its own last token.
    private static final class Layout {

        private final int[] ids;
        private final int[] positions;
        private final Span[] spans;
        /// Rows whose logits predict a token of a continuation, and those tokens.
        private final int[] rows;
        private final int[] labels;
        private int next;
        private int span;
        private int label;

        Layout(List<Request> requests, int maxPositions) {
            int count = requests.stream().mapToInt(Request::tokens).sum();
            ids = new int[count];
            positions = new int[count];
            spans = new Span[requests.stream().mapToInt(request -> request.continuations.size()
                    + (request.context.length > 1 ? 1 : 0)).sum()];
            int labelCount = requests.stream().flatMap(request -> request.continuations.stream())
                    .mapToInt(each -> each.length).sum();
            rows = new int[labelCount];
            labels = new int[labelCount];
            requests.forEach(request -> put(request, maxPositions));
        }

        private void put(Request request, int maxPositions) {
            int shared = request.context.length - 1;
            int firstShared = next;
            if (shared > 0) {
                spans[span++] = Span.sequence(next, shared);
                for (int i = 0; i < shared; i++) {
                    put(request.context[i], i);
                }
            }
            for (int[] continuation : request.continuations) {
                int own = continuation.length;
                if (shared + own > maxPositions) {
                    throw new IllegalArgumentException(("a context of %d tokens with a continuation of %d: the model "
                            + "takes %d. Show fewer examples or shorten the item.").formatted(shared + 1, own,
                            maxPositions));
                }
                spans[span++] = shared == 0 ? Span.sequence(next, own)
                        : new Span(next, own, next, shared + own, firstShared, shared);
                for (int i = 0; i < own; i++) {
                    rows[label] = next;
                    labels[label++] = continuation[i];
                    put(i == 0 ? request.context[shared] : continuation[i - 1], shared + i);
                }
            }
        }

        private void put(int id, int position) {
            ids[next] = id;
            positions[next++] = position;
        }
    }
}
