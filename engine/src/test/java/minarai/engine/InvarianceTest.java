package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What must not change a single bit: neighbours in a batch, later tokens, a cache, the size of a batch.
class InvarianceTest {

    private static final Workers WORKERS = new Workers(2);
    private static final Kernels KERNELS = TestedKernels.of(WORKERS);
    private static final int LENGTH = 150;

    @BeforeAll
    static void require() {
        TestedKernels.require();
    }

    @AfterAll
    static void close() {
        WORKERS.close();
    }

    /// Heads of awkward sizes, with and without a window; [#LENGTH] reaches into a third block of keys.
    static Stream<Heads> heads() {
        return Stream.of(new Heads(4, 2, 10, Heads.UNLIMITED), new Heads(2, 1, 64, Heads.UNLIMITED),
                new Heads(4, 2, 10, 9), new Heads(2, 2, 17, 70));
    }

    private static Tensor random(int purpose, int rows, int columns) {
        Tensor tensor = Tensor.zeros(rows, columns);
        new Philox(13, purpose).fillNormal(0, 1, tensor);
        return tensor;
    }

    /// Several tensors one below the other.
    private static Tensor stack(Tensor... parts) {
        int rows = Arrays.stream(parts).mapToInt(Tensor::rows).sum();
        Tensor all = Tensor.zeros(rows, parts[0].columns());
        int at = 0;
        for (Tensor part : parts) {
            System.arraycopy(part.data(), part.offset(), all.data(), at, part.size());
            at += part.size();
        }
        return all;
    }

    private static void assertSameBits(Tensor expected, Tensor actual) {
        assertArrayEquals(bits(expected), bits(actual));
    }

    private static int[] bits(Tensor x) {
        int[] bits = new int[x.size()];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(x.data()[x.offset() + i]));
        return bits;
    }

    /// Queries, keys and values with a gradient of the output, and what attention makes of them.
    private record Attention(Heads heads, Tensor q, Tensor k, Tensor v, Tensor dy) {

        static Attention random(int purpose, Heads heads, int length) {
            return new Attention(heads, InvarianceTest.random(purpose, length, heads.queryColumns()),
                    InvarianceTest.random(purpose + 1, length, heads.keyColumns()),
                    InvarianceTest.random(purpose + 2, length, heads.keyColumns()),
                    InvarianceTest.random(purpose + 3, length, heads.queryColumns()));
        }

        Attention below(Attention first) {
            return new Attention(heads, stack(first.q, q), stack(first.k, k), stack(first.v, v), stack(first.dy, dy));
        }

        Attention above(Attention second) {
            return second.below(this);
        }

        Attention slice(int from, int count) {
            return new Attention(heads, q.slice(from, count), k.slice(from, count), v.slice(from, count),
                    dy.slice(from, count));
        }

        /// This sequence, beginning with positions of another.
        Attention after(Attention other, int shared) {
            int own = q.rows() - shared;
            return other.slice(0, shared).above(slice(shared, own));
        }

        /// The same without a gradient for the first outputs.
        Attention unheard(int count) {
            return new Attention(heads, q, k, v, stack(Tensor.zeros(count, dy.columns()),
                    dy.slice(count, dy.rows() - count)));
        }

        Tensor y(Span... spans) {
            Tensor y = Tensor.zeros(q.rows(), q.columns());
            KERNELS.attend(q, k, v, spans, heads, y, Tensor.zeros(q.rows(), heads.heads()));
            return y;
        }

        /// y, dq, dk, dv
        List<Tensor> all(Span... spans) {
            Tensor y = Tensor.zeros(q.rows(), q.columns());
            Tensor sums = Tensor.zeros(q.rows(), heads.heads());
            Tensor dq = Tensor.zeros(q.rows(), q.columns());
            Tensor dk = Tensor.zeros(k.rows(), k.columns());
            Tensor dv = Tensor.zeros(v.rows(), v.columns());
            KERNELS.attend(q, k, v, spans, heads, y, sums);
            KERNELS.addAttendGradient(dy, q, k, v, spans, heads, y, sums, dq, dk, dv);
            return List.of(y, dq, dk, dv);
        }
    }

    @ParameterizedTest
    @MethodSource("heads")
    void packedSequencesDoNotSeeEachOther(Heads heads) {
        var first = Attention.random(10, heads, 37);
        var second = Attention.random(20, heads, LENGTH);
        var packed = second.below(first).all(Span.sequence(0, 37), Span.sequence(37, LENGTH));
        var alone = first.all(Span.sequence(0, 37));
        var other = second.all(Span.sequence(0, LENGTH));
        for (int i = 0; i < packed.size(); i++) {
            assertSameBits(alone.get(i), packed.get(i).slice(0, 37));
            assertSameBits(other.get(i), packed.get(i).slice(37, LENGTH));
        }
    }

    /// Not even a neighbour that is broken.
    @Test
    void aSequenceOfNotANumberLeavesItsNeighbourAlone() {
        var heads = new Heads(4, 2, 10, Heads.UNLIMITED);
        var broken = Attention.random(10, heads, 7);
        broken.q.fill(Float.NaN);
        broken.k.fill(Float.NaN);
        broken.v.fill(Float.POSITIVE_INFINITY);
        var sound = Attention.random(20, heads, 70);
        var packed = sound.below(broken).all(Span.sequence(0, 7), Span.sequence(7, 70));
        var alone = sound.all(Span.sequence(0, 70));
        for (int i = 0; i < packed.size(); i++) {
            assertSameBits(alone.get(i), packed.get(i).slice(7, 70));
        }
    }

    /// Nor a later token of the same sequence: what a query does not see is not even added as zero times its value.
    @Test
    void aBrokenTokenLeavesEarlierQueriesAlone() {
        var heads = new Heads(4, 2, 10, Heads.UNLIMITED);
        var sound = Attention.random(20, heads, 90);
        for (int length : new int[] {1, 31, 40, 64, 89}) {
            var broken = Attention.random(20, heads, 90);
            for (Tensor each : List.of(broken.q, broken.k, broken.v)) {
                each.slice(length, 90 - length).fill(Float.POSITIVE_INFINITY);
            }
            var expected = sound.slice(0, length).all(Span.sequence(0, length));
            var actual = broken.all(Span.sequence(0, 90));
            assertSameBits(expected.get(0), actual.get(0).slice(0, length));
            assertSameBits(expected.get(1), actual.get(1).slice(0, length));
        }
    }

    @ParameterizedTest
    @MethodSource("heads")
    void aLaterTokenNeverChangesAnEarlierOutput(Heads heads) {
        var whole = Attention.random(10, heads, LENGTH);
        Tensor y = whole.y(Span.sequence(0, LENGTH));
        for (int length : new int[] {1, 2, 63, 64, 65, 127, 128, 149}) {
            var changed = Attention.random(10, heads, LENGTH);
            for (Tensor each : List.of(changed.q, changed.k, changed.v)) {
                each.slice(length, LENGTH - length).fill(1e30f);
            }
            assertSameBits(y.slice(0, length), changed.y(Span.sequence(0, LENGTH)).slice(0, length));
            var cut = new Attention(heads, whole.q.slice(0, length), whole.k.slice(0, length), whole.v.slice(0, length),
                    whole.dy.slice(0, length));
            assertSameBits(y.slice(0, length), cut.y(Span.sequence(0, length)));
        }
    }

    @ParameterizedTest
    @MethodSource("heads")
    void cachedAttentionIsFullAttention(Heads heads) {
        var whole = Attention.random(10, heads, LENGTH);
        Tensor y = whole.y(Span.sequence(0, LENGTH));
        for (int chunk : new int[] {1, 7, 64, 100}) {
            for (int from = 0; from < LENGTH; from += chunk) {
                int count = Math.min(chunk, LENGTH - from);
                var step = new Attention(heads, whole.q.slice(from, count), whole.k, whole.v, whole.dy);
                assertSameBits(y.slice(from, count), step.y(new Span(0, count, 0, from + count)));
            }
        }
    }

    /// The outputs; the gradients of shared keys are the sums over the sequences, in another order.
    @ParameterizedTest
    @MethodSource("heads")
    void aSharedPrefixGivesTheBitsOfWholeSequences(Heads heads) {
        for (int shared : new int[] {1, 63, 64, 100, LENGTH - 1}) {
            int own = LENGTH - shared;
            var first = Attention.random(10, heads, LENGTH);
            var second = Attention.random(20, heads, LENGTH).after(first, shared);
            var batch = first.slice(0, shared).above(first.slice(shared, own)).above(second.slice(shared, own));
            var all = batch.all(Span.sequence(0, shared), new Span(shared, own, shared, LENGTH, 0, shared),
                    new Span(LENGTH, own, LENGTH, LENGTH, 0, shared));
            var one = first.all(Span.sequence(0, LENGTH));
            var other = second.unheard(shared).all(Span.sequence(0, LENGTH));
            assertSameBits(one.get(0), all.get(0).slice(0, LENGTH));
            assertSameBits(other.get(0).slice(shared, own), all.get(0).slice(LENGTH, own));
            for (int i = 1; i < all.size(); i++) {
                assertSameBits(one.get(i).slice(shared, own), all.get(i).slice(shared, own));
                assertSameBits(other.get(i).slice(shared, own), all.get(i).slice(LENGTH, own));
                assertSums(one.get(i).slice(0, shared), other.get(i).slice(0, shared), all.get(i).slice(0, shared));
            }
        }
    }

    /// Sums of at most 4 x [#LENGTH] terms in two orders: within that many roundings of what is summed, whose absolute
    /// values the test's inputs keep below 100.
    private static void assertSums(Tensor a, Tensor b, Tensor sum) {
        for (int r = 0; r < sum.rows(); r++) {
            for (int c = 0; c < sum.columns(); c++) {
                assertEquals(a.at(r, c) + b.at(r, c), sum.at(r, c), 4 * LENGTH * 100 * 0x1p-24, r + ", " + c);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("heads")
    void aSharedPrefixBesideACacheIsFullAttention(Heads heads) {
        int shared = 70;
        var whole = Attention.random(10, heads, LENGTH);
        Tensor y = whole.y(Span.sequence(0, LENGTH));
        for (int chunk : new int[] {1, 7, 64, 80}) {
            for (int from = shared; from < LENGTH; from += chunk) {
                int count = Math.min(chunk, LENGTH - from);
                var moved = new Attention(heads, whole.q.slice(from, count),
                        stack(whole.k.slice(shared, LENGTH - shared), whole.k.slice(0, shared)),
                        stack(whole.v.slice(shared, LENGTH - shared), whole.v.slice(0, shared)), whole.dy);
                assertSameBits(y.slice(from, count),
                        moved.y(new Span(0, count, 0, from + count, LENGTH - shared, shared)));
            }
        }
    }

    @Test
    void twoHalfBatchesAccumulateTheBitsOfOne() {
        for (int tokens : new int[] {2, 31, 1030}) {
            Tensor dy = random(1, tokens, 37);
            Tensor x = random(2, tokens, 45);
            Tensor whole = random(3, 37, 45);
            KERNELS.addTransposedProduct(dy, x, whole);
            for (int cut : new int[] {1, tokens / 2, tokens - 1}) {
                Tensor halves = random(3, 37, 45);
                KERNELS.addTransposedProduct(dy.slice(0, cut), x.slice(0, cut), halves);
                KERNELS.addTransposedProduct(dy.slice(cut, tokens - cut), x.slice(cut, tokens - cut), halves);
                assertSameBits(whole, halves);
            }
        }
    }

    /// However many rows have their logits in memory at once.
    @Test
    void theLossOfAHeadDoesNotDependOnItsParts() {
        int[] labels = IntStream.range(0, 50).map(t -> t * 7 % 37).toArray();
        var whole = ofHead(labels, 1 << 20);
        for (int logitsAtOnce : new int[] {1, 37, 300, 37 * 49}) {
            var parts = ofHead(labels, logitsAtOnce);
            for (int i = 0; i < whole.size(); i++) {
                assertSameBits(whole.get(i), parts.get(i));
            }
        }
    }

    /// Losses, the gradient of the features by way of a table, and the gradient of the head.
    private static List<Tensor> ofHead(int[] labels, int logitsAtOnce) {
        var table = Parameter.trained("table", random(1, labels.length, 20));
        var head = Parameter.trained("head", random(2, 37, 20));
        var workspace = Workspace.growing();
        var tape = Tape.recording(workspace);
        var ops = new Ops(KERNELS, workspace, tape, logitsAtOnce);
        Tensor x = ops.embed(IntStream.range(0, labels.length).toArray(), table);
        Tensor losses = ops.crossEntropy(x, head, labels, .25f);
        tape.backward();
        return List.of(losses, table.gradient().orElseThrow(), head.gradient().orElseThrow());
    }

    /// A table that is its own head: products of all batches come first, then look-ups of all batches.
    @Test
    void aTiedTableAddsUpTheSameFromAnyBatches() {
        int[] ids = IntStream.range(0, 40).map(t -> t * t % 37).toArray();
        var expected = tied(ids, ids.length);
        for (int together : new int[] {1, 7, 39}) {
            assertSameBits(expected, tied(ids, together));
        }
    }

    private static Tensor tied(int[] ids, int together) {
        var table = Parameter.trained("table", random(1, 37, 20));
        for (int first = 0; first < ids.length; first += together) {
            int[] some = Arrays.copyOfRange(ids, first, Math.min(ids.length, first + together));
            var workspace = Workspace.growing();
            var tape = Tape.recording(workspace);
            var ops = new Ops(KERNELS, workspace, tape);
            ops.crossEntropy(ops.gelu(ops.embed(some, table)), table, some, .25f);
            tape.backward();
        }
        return table.gradient().orElseThrow();
    }

    record RowByRow(String name, UnaryOperator<Tensor> operation) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<RowByRow> rowByRow() {
        Tensor w = random(1, 45, 37);
        Tensor back = random(2, 37, 45);
        Tensor gain = random(3, 1, 37);
        return Stream.of(
                new RowByRow("multiplyTransposed", x -> written(x, 45, y -> KERNELS.multiplyTransposed(x, w, y))),
                new RowByRow("multiplyTransposed, packed", x -> written(x, 45, y ->
                        KERNELS.multiplyTransposed(x, Panels.pack(w, KERNELS.panelWidth()), y))),
                new RowByRow("addProduct", x -> written(x, 45, y -> KERNELS.addProduct(x, back, y))),
                new RowByRow("addProduct, packed", x -> written(x, 45, y ->
                        KERNELS.addProduct(x, Panels.pack(back, KERNELS.panelWidth()), y))),
                new RowByRow("gatedUnit", x -> written(x, 37, y -> KERNELS.gatedUnit(x, x, y))),
                new RowByRow("rmsNorm", x -> written(x, 37, y ->
                        KERNELS.rmsNorm(x, gain, 1e-5f, y, Tensor.zeros(x.rows(), 1)))),
                new RowByRow("gelu", x -> written(x, 37, y -> KERNELS.gelu(x, y))),
                new RowByRow("columns", x -> written(x, 19, y -> KERNELS.columns(x, 11, y))),
                new RowByRow("layerNorm", x -> written(x, 37, y ->
                        KERNELS.layerNorm(x, gain, gain, 1e-5f, y, Tensor.zeros(x.rows(), 2)))),
                new RowByRow("crossEntropy", x -> written(x, 1, y ->
                        KERNELS.crossEntropy(x, new int[x.rows()], y, Tensor.zeros(x.rows(), 1)))));
    }

    private static Tensor written(Tensor x, int columns, java.util.function.Consumer<Tensor> operation) {
        Tensor y = Tensor.zeros(x.rows(), columns);
        operation.accept(y);
        return y;
    }

    @ParameterizedTest
    @MethodSource("rowByRow")
    void aRowDoesNotDependOnTheSizeOfItsBatch(RowByRow each) {
        Tensor x = random(4, 200, 37);
        Tensor whole = each.operation.apply(x);
        for (int rows : new int[] {1, 2, 5, 6, 7, 13, 14, 15, 57, 150}) {
            for (int first : new int[] {0, 3, 200 - rows}) {
                assertSameBits(whole.slice(first, rows), each.operation.apply(x.slice(first, rows)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rowByRow")
    void anEmptyBatchIsNoSpecialCase(RowByRow each) {
        assertSameBits(Tensor.zeros(0, 1), each.operation.apply(Tensor.zeros(0, 37)));
    }

    @Test
    void aSumOfNothingIsZero() {
        Tensor y = random(1, 3, 5);
        KERNELS.multiplyTransposed(Tensor.zeros(3, 0), Tensor.zeros(5, 0), y);
        assertSameBits(Tensor.zeros(3, 5), y);
    }

    @Test
    void rotationReadsEachTableFromItsOwnPlace() {
        var plain = Rotation.of(4, Rotation.frequencies(10, 100));
        var moved = new Rotation(plain.cosines(), Tensor.over(stack(random(5, 3, 5), plain.sines()).data(), 15, 4, 5),
                plain.headSize());
        Tensor x = random(6, 4, 20);
        int[] positions = {2, 0, 3, 1};
        assertSameBits(written(x, 20, y -> KERNELS.rotate(x, plain, positions, y)),
                written(x, 20, y -> KERNELS.rotate(x, moved, positions, y)));
        assertSameBits(written(x, 20, y -> KERNELS.rotateBack(x, plain, positions, y)),
                written(x, 20, y -> KERNELS.rotateBack(x, moved, positions, y)));
    }
}
