package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every operation against its formula in f64: the values, and the gradients against central differences of a random
/// linear functional of the output.
///
/// **Tolerance.** A number that is rounded `n` times on its way is off by at most about `n · 2⁻²⁴` times the largest
/// number on that way. Each case states `n`, the longest chain of roundings in its values or gradients; inputs are
/// standard normal, so the largest number is that of the result or, where that is small, a product of two inputs, for
/// which 4 is allowed. The differences are taken in f64 with a step of 2⁻¹³, so their own error (step² / 6 times the
/// third derivative, about 10⁻⁸) is below that of a single rounding.
class GradientTest {

    private static final double ROUNDING = 0x1p-24;
    private static final double STEP = 0x1p-13;
    private static final Workers WORKERS = new Workers(2);
    private static final Kernels KERNELS = TestedKernels.of(WORKERS);

    /// The inputs of an operation: trained parameters, as they are or looked up row by row to be tensors.
    record Inputs(Ops ops, List<Parameter> parameters) {

        Parameter parameter(int i) {
            return parameters.get(i);
        }

        Tensor tensor(int i) {
            return ops.embed(IntStream.range(0, parameter(i).value().rows()).toArray(), parameter(i));
        }
    }

    interface Operation {
        Tensor apply(Ops ops, Inputs in);
    }

    interface Formula {
        double[][] apply(double[][]... in);
    }

    /// @param shapes    rows and columns of each input
    /// @param roundings the longest chain of roundings
    record Case(String name, int[][] shapes, int roundings, Operation operation, Formula formula) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static int[][] shapes(int... rowsAndColumns) {
        return IntStream.range(0, rowsAndColumns.length / 2)
                .mapToObj(i -> new int[] {rowsAndColumns[2 * i], rowsAndColumns[2 * i + 1]}).toArray(int[][]::new);
    }

    static Stream<Case> cases() {
        return Stream.concat(rowCases(), attentionCases());
    }

    private static Stream<Case> rowCases() {
        var turns = Rotation.of(40, Rotation.frequencies(10, 10_000));
        var lengths = Tensor.zeros(1, 37);
        new Philox(3, 1).fillUniform(0, 1, lengths);
        for (int i = 0; i < 37; i++) {
            lengths.set(0, i, 2 + lengths.at(0, i));
        }
        var part = Rotation.of(40, Rotation.frequencies(10, 10_000), 14, 1.3);
        int[] positions = {3, 0, 39, 7};
        return Stream.of(
                new Case("embed", shapes(7, 37), 4, (ops, in) -> ops.embed(new int[] {2, 0, 2, 6, 2}, in.parameter(0)),
                        in -> Formulas.rows(in[0], 2, 0, 2, 6, 2)),
                new Case("linear", shapes(5, 37, 19, 37), 37,
                        (ops, in) -> ops.linear(in.tensor(0), in.parameter(1)), in -> Formulas.linear(in[0], in[1])),
                new Case("linear, wide", shapes(17, 3, 70, 3), 70,
                        (ops, in) -> ops.linear(in.tensor(0), in.parameter(1)), in -> Formulas.linear(in[0], in[1])),
                new Case("addBias", shapes(6, 21, 1, 21), 6,
                        (ops, in) -> ops.addBias(in.tensor(0), in.parameter(1)), in -> Formulas.addBias(in[0], in[1])),
                new Case("scaleColumns", shapes(5, 37, 1, 37), 16, (ops, in) -> ops.scaleColumns(in.tensor(0),
                        in.parameter(1), lengths), in -> Formulas.scaleColumns(in[0], in[1], Formulas.matrix(lengths))),
                new Case("add", shapes(3, 35, 3, 35), 2,
                        (ops, in) -> ops.add(in.tensor(0), in.tensor(1)), in -> Formulas.addScaled(in[0], 1, in[1])),
                new Case("addLinear", shapes(5, 37, 5, 8, 37, 8), 12, (ops, in) ->
                        ops.addLinear(in.tensor(0), in.tensor(1), in.parameter(2), -.3f),
                        in -> Formulas.addScaled(in[0], -.3f, Formulas.linear(in[1], in[2]))),
                new Case("segment", shapes(5, 37, 11, 37), 60, (ops, in) -> ops.segment(in.tensor(0), (inner, x) ->
                        inner.linear(inner.gelu(x), in.parameter(1))),
                        in -> Formulas.linear(Formulas.gelu(in[0]), in[1])),
                new Case("forgotten norm", shapes(5, 37, 1, 37, 11, 37), 120, (ops, in) -> {
                    Tensor n = ops.rmsNorm(in.tensor(0), in.parameter(1), 1e-5f);
                    Tensor y = ops.linear(n, in.parameter(2));
                    ops.forget(n);
                    return y;
                }, in -> Formulas.linear(Formulas.rmsNorm(in[0], in[1], 1e-5f), in[2])),
                new Case("rmsNorm", shapes(4, 37, 1, 37), 37 + 8, (ops, in) ->
                        ops.rmsNorm(in.tensor(0), in.parameter(1), 1e-5f), in -> Formulas.rmsNorm(in[0], in[1], 1e-5f)),
                new Case("rmsNorm, great epsilon", shapes(4, 16, 1, 16), 16 + 8, (ops, in) ->
                        ops.rmsNorm(in.tensor(0), in.parameter(1), .5f), in -> Formulas.rmsNorm(in[0], in[1], .5f)),
                new Case("rmsNorm of heads from one", shapes(4, 36, 1, 12), 36 + 8, (ops, in) ->
                        ops.rmsNorm(in.tensor(0), in.parameter(1), 1e-5f, 1),
                        in -> Formulas.rmsNorm(in[0], in[1], 1e-5f, 1)),
                new Case("forgotten norm of heads", shapes(5, 36, 1, 18, 11, 36), 120, (ops, in) -> {
                    Tensor n = ops.rmsNorm(in.tensor(0), in.parameter(1), 1e-5f, .5f);
                    Tensor y = ops.linear(n, in.parameter(2));
                    ops.forget(n);
                    return y;
                }, in -> Formulas.linear(Formulas.rmsNorm(in[0], in[1], 1e-5f, .5f), in[2])),
                new Case("scale", shapes(3, 37), 2, (ops, in) -> ops.scale(in.tensor(0), -1.7f),
                        in -> Formulas.addScaled(in[0], -2.7f, in[0])),
                new Case("softCap", shapes(3, 37), 16, (ops, in) -> ops.softCap(in.tensor(0), .8f),
                        in -> Formulas.softCap(in[0], .8f)),
                new Case("gatedGelu", shapes(3, 37, 3, 37), 18, (ops, in) ->
                        ops.gatedGelu(in.tensor(0), in.tensor(1)), in -> Formulas.gatedGelu(in[0], in[1])),
                new Case("layerNorm", shapes(4, 37, 1, 37, 1, 37), 2 * 37 + 12, (ops, in) ->
                        ops.layerNorm(in.tensor(0), in.parameter(1), in.parameter(2), 1e-5f),
                        in -> Formulas.layerNorm(in[0], in[1], in[2], 1e-5f)),
                new Case("layerNorm, great epsilon", shapes(4, 16, 1, 16, 1, 16), 2 * 16 + 12, (ops, in) ->
                        ops.layerNorm(in.tensor(0), in.parameter(1), in.parameter(2), .5f),
                        in -> Formulas.layerNorm(in[0], in[1], in[2], .5f)),
                new Case("gelu", shapes(5, 37), 16, (ops, in) -> ops.gelu(in.tensor(0)), in -> Formulas.gelu(in[0])),
                new Case("columns", shapes(5, 37), 2, (ops, in) -> ops.columns(in.tensor(0), 7, 18),
                        in -> Formulas.columns(in[0], 7, 18)),
                new Case("columns that overlap", shapes(5, 37), 4, (ops, in) -> {
                    Tensor x = in.tensor(0);
                    return ops.add(ops.columns(x, 0, 20), ops.columns(x, 17, 20));
                }, in -> Formulas.addScaled(Formulas.columns(in[0], 0, 20), 1, Formulas.columns(in[0], 17, 20))),
                new Case("rotate", shapes(4, 30), 4, (ops, in) -> ops.rotate(in.tensor(0), turns, positions),
                        in -> Formulas.rotate(in[0], turns, positions)),
                new Case("rotate a part", shapes(4, 28), 4, (ops, in) -> ops.rotate(in.tensor(0), part, positions),
                        in -> Formulas.rotate(in[0], part, positions)),
                new Case("gatedUnit", shapes(3, 37, 3, 37), 16, (ops, in) ->
                        ops.gatedUnit(in.tensor(0), in.tensor(1)), in -> Formulas.gatedUnit(in[0], in[1])),
                new Case("select", shapes(6, 19), 2, (ops, in) -> ops.select(in.tensor(0), new int[] {5, 0, 3}),
                        in -> Formulas.rows(in[0], 5, 0, 3)));
    }

    private static Stream<Case> attentionCases() {
        Span[] two = {Span.sequence(0, 5), Span.sequence(5, 9)};
        Span[] cached = {new Span(0, 3, 0, 9), new Span(3, 1, 9, 6), new Span(4, 2, 15, 2)};
        Span[] prefix = {Span.sequence(0, 5), new Span(5, 4, 5, 9, 0, 5), new Span(9, 3, 9, 5, 2, 2)};
        return Stream.of(
                attend("shared prefix", new Heads(4, 2, 5, Heads.UNLIMITED), 12, 12, prefix),
                attend("shared prefix, window", new Heads(3, 1, 4, 4), 12, 12, prefix),
                attend("one head", new Heads(1, 1, 6, Heads.UNLIMITED), 7, 7, Span.sequence(0, 7)),
                attend("grouped queries", new Heads(6, 2, 5, Heads.UNLIMITED), 7, 7, Span.sequence(0, 7)),
                attend("window", new Heads(2, 2, 4, 3), 9, 9, Span.sequence(0, 9)),
                attend("another scale", new Heads(2, 2, 4, 3, .31f, Heads.UNCAPPED), 9, 9, Span.sequence(0, 9)),
                attend("softly limited", new Heads(4, 2, 5, Heads.UNLIMITED, .9f, 1.5f), 14, 14, two),
                attend("softly limited, window", new Heads(2, 1, 3, 20, .6f, 2.5f), 70, 70, Span.sequence(0, 70)),
                attend("softly limited, cached keys", new Heads(4, 2, 17, Heads.UNLIMITED, .3f, .7f), 6, 17, cached),
                attend("several spans", new Heads(4, 2, 3, Heads.UNLIMITED), 14, 14, two),
                attend("several spans, window", new Heads(4, 1, 3, 4), 14, 14, two),
                attend("cached keys", new Heads(4, 2, 17, Heads.UNLIMITED), 6, 17, cached),
                attend("cached keys, window", new Heads(2, 1, 4, 2), 6, 17, cached),
                attend("three blocks of keys", new Heads(2, 1, 3, Heads.UNLIMITED), 4, 131, new Span(0, 4, 0, 131)),
                attend("window across blocks", new Heads(2, 1, 3, 20), 70, 70, Span.sequence(0, 70)));
    }

    private static Case attend(String name, Heads heads, int queries, int keys, Span... spans) {
        int[][] shapes = shapes(queries, heads.queryColumns(), keys, heads.keyColumns(), keys, heads.keyColumns());
        int roundings = 3 * heads.size() + heads.group() * Math.max(keys, queries) + 16;
        return new Case("attend: " + name, shapes, roundings,
                (ops, in) -> ops.attend(in.tensor(0), in.tensor(1), in.tensor(2), spans, heads),
                in -> Formulas.attend(in[0], in[1], in[2], heads, spans));
    }

    private static Tensor random(int purpose, int rows, int columns) {
        Tensor tensor = Tensor.zeros(rows, columns);
        new Philox(11, purpose).fillNormal(rows * 1000 + columns, 1, tensor);
        return tensor;
    }

    private static List<Parameter> parameters(int[][] shapes) {
        return IntStream.range(0, shapes.length)
                .mapToObj(i -> Parameter.trained("input " + i, random(i, shapes[i][0], shapes[i][1]))).toList();
    }

    private static double[][][] inF64(List<Parameter> parameters) {
        return parameters.stream().map(each -> Formulas.matrix(each.tensor())).toArray(double[][][]::new);
    }

    /// `Σ weights · formula(in)`, differentiated by every number of input `i`.
    private static double[][] differences(Formula formula, double[][][] in, int i, double[][] weights) {
        return Formulas.matrix(in[i].length, in[i][0].length, (r, c) -> {
            double before = in[i][r][c];
            in[i][r][c] = before + STEP;
            double above = functional(weights, formula.apply(in));
            in[i][r][c] = before - STEP;
            double below = functional(weights, formula.apply(in));
            in[i][r][c] = before;
            return (above - below) / (2 * STEP);
        });
    }

    private static double functional(double[][] weights, double[][] y) {
        double sum = 0;
        for (int r = 0; r < y.length; r++) {
            for (int c = 0; c < y[r].length; c++) {
                sum += weights[r][c] * y[r][c];
            }
        }
        return sum;
    }

    private static void assertClose(double[][] expected, Tensor actual, int roundings, String what) {
        assertEquals(expected.length + " x " + expected[0].length, actual.toString(), what);
        double largest = Math.max(4, Arrays.stream(expected).flatMapToDouble(Arrays::stream).map(Math::abs).max()
                .orElseThrow());
        double tolerance = roundings * ROUNDING * largest;
        for (int r = 0; r < actual.rows(); r++) {
            for (int c = 0; c < actual.columns(); c++) {
                assertEquals(expected[r][c], actual.at(r, c), tolerance, "%s at (%d, %d)".formatted(what, r, c));
            }
        }
    }

    private static void assertGradients(Formula formula, List<Parameter> parameters, double[][] weights, int roundings,
            String name) {
        double[][][] in = inF64(parameters);
        for (int i = 0; i < in.length; i++) {
            assertClose(differences(formula, in, i, weights), parameters.get(i).gradient().orElseThrow(), roundings,
                    name + ", gradient of " + parameters.get(i).name());
        }
    }

    @BeforeAll
    static void require() {
        TestedKernels.require();
    }

    @AfterAll
    static void close() {
        WORKERS.close();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void valuesAndGradientsAreThoseOfTheFormula(Case each) {
        var parameters = parameters(each.shapes);
        var workspace = Workspace.growing();
        var tape = Tape.recording(workspace);
        var ops = new Ops(KERNELS, workspace, tape);

        Tensor y = each.operation.apply(ops, new Inputs(ops, parameters));
        assertClose(each.formula.apply(inF64(parameters)), y, each.roundings, each.name);

        Tensor weights = random(99, y.rows(), y.columns());
        KERNELS.add(weights, tape.gradient(y));
        tape.backward();
        assertGradients(each.formula, parameters, Formulas.matrix(weights), each.roundings, each.name);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsAddToWhatIsThere(Case each) {
        var once = parameters(each.shapes);
        backward(each, once);
        var twice = parameters(each.shapes);
        backward(each, twice);
        backward(each, twice);
        for (int i = 0; i < once.size(); i++) {
            Tensor gradient = once.get(i).gradient().orElseThrow();
            assertClose(Formulas.matrix(gradient.rows(), gradient.columns(), (r, c) -> 2 * gradient.at(r, c)),
                    twice.get(i).gradient().orElseThrow(), each.roundings, each.name);
        }
    }

    private static void backward(Case each, List<Parameter> parameters) {
        var workspace = Workspace.growing();
        var tape = Tape.recording(workspace);
        var ops = new Ops(KERNELS, workspace, tape);
        Tensor y = each.operation.apply(ops, new Inputs(ops, parameters));
        KERNELS.add(random(99, y.rows(), y.columns()), tape.gradient(y));
        tape.backward();
    }

    @Test
    void rowNormsAreThoseOfTheFormula() {
        var in = parameters(shapes(19, 37, 3, 37, 19, 3));
        var ops = new Ops(KERNELS, Workspace.growing(), Tape.off());
        Tensor norms = ops.rowNorms(in.get(0), in.get(1), in.get(2), .7f);
        assertClose(Formulas.rowNorms(Formulas.matrix(in.get(0).tensor()), Formulas.matrix(in.get(1).tensor()),
                Formulas.matrix(in.get(2).tensor()), .7f), norms, 48, "rowNorms");
        assertArrayEquals(norms.toArray(), RowNorms.of(in.get(0).value(), in.get(1).tensor(), in.get(2).tensor(), .7f)
                .toArray());
    }

    @Test
    void crossEntropyStartsTheGradientWithItsWeight() {
        for (int vocabulary : new int[] {2, 16, 37}) {
            var parameters = parameters(shapes(4, vocabulary));
            int[] labels = {1, 0, vocabulary - 1, 1};
            var workspace = Workspace.growing();
            var tape = Tape.recording(workspace);
            var ops = new Ops(KERNELS, workspace, tape);
            Tensor losses = ops.crossEntropy(new Inputs(ops, parameters).tensor(0), labels, .25f);
            tape.backward();

            Formula formula = in -> Formulas.crossEntropy(in[0], labels);
            int roundings = vocabulary + 8;
            assertClose(formula.apply(inF64(parameters)), losses, roundings, "crossEntropy");
            assertGradients(formula, parameters, Formulas.matrix(4, 1, (r, c) -> .25), roundings, "crossEntropy");
        }
    }

    /// In parts, with the logits never kept, as in one piece; the head may be trained or not.
    @Test
    void theLossOfAHeadIsThatOfItsLogitsBitForBit() {
        for (float cap : new float[] {Heads.UNCAPPED, 1.5f}) {
            for (boolean isTrained : new boolean[] {true, false}) {
                assertLossOfHead(isTrained, cap);
            }
        }
    }

    private static void assertLossOfHead(boolean isTrained, float cap) {
        int[] labels = {1, 0, 36, 1, 5};
        var whole = parameters(shapes(5, 16, 37, 16));
        var parts = parameters(shapes(5, 16, 37, 16));
        float[][] losses = new float[2][];
        for (var parameters : List.of(whole, parts)) {
            var workspace = Workspace.growing();
            var tape = Tape.recording(workspace);
            var ops = new Ops(KERNELS, workspace, tape);
            Parameter head = isTrained ? parameters.get(1) : Parameter.frozen("head", parameters.get(1).value());
            Tensor x = new Inputs(ops, parameters).tensor(0);
            Tensor loss;
            if (parameters == whole) {
                Tensor logits = ops.linear(x, head);
                loss = ops.crossEntropy(cap < Heads.UNCAPPED ? ops.softCap(logits, cap) : logits, labels, .25f);
            } else {
                loss = ops.crossEntropy(x, head, labels, .25f, cap);
            }
            losses[parameters == whole ? 0 : 1] = loss.toArray();
            tape.backward();
        }
        assertArrayEquals(losses[0], losses[1]);
        for (int i = 0; i < 2; i++) {
            assertArrayEquals(whole.get(i).gradient().orElseThrow().toArray(),
                    parts.get(i).gradient().orElseThrow().toArray());
        }
    }

    /// What a segment computes again has the bits of what it computed first.
    @Test
    void computingASegmentAgainGivesTheSameGradients() {
        float[][][] gradients = new float[2][][];
        long[] bytes = new long[2];
        for (int i = 0; i < 2; i++) {
            var parameters = parameters(shapes(90, 16, 1, 16, 40, 16, 40, 16, 16, 40));
            var workspace = Workspace.rehearsal();
            deep(workspace, i == 0 ? Tape.recording(workspace) : Tape.recomputing(workspace),
                    new RehearsalKernels(KERNELS, workspace), parameters);
            bytes[i] = workspace.bytes();
            var planned = Workspace.planned(workspace);
            deep(planned, i == 0 ? Tape.recording(planned) : Tape.recomputing(planned), KERNELS, parameters);
            gradients[i] = parameters.stream().map(each -> each.gradient().orElseThrow().toArray())
                    .toArray(float[][]::new);
        }
        for (int p = 0; p < gradients[0].length; p++) {
            assertArrayEquals(gradients[0][p], gradients[1][p]);
        }
        assertTrue(bytes[1] < bytes[0] / 2, bytes[1] + " of " + bytes[0]);
    }

    private static void deep(Workspace workspace, Tape tape, Kernels kernels, List<Parameter> p) {
        var ops = new Ops(kernels, workspace, tape);
        Tensor x = new Inputs(ops, p).tensor(0);
        for (int layer = 0; layer < 12; layer++) {
            x = ops.segment(x, (inner, in) -> {
                Tensor n = inner.rmsNorm(in, p.get(1), 1e-5f);
                Tensor gated = inner.gatedUnit(inner.linear(n, p.get(2)), inner.linear(n, p.get(3)));
                inner.forget(n);
                Tensor y = inner.add(in, inner.linear(gated, p.get(4)));
                inner.forget(gated);
                return y;
            });
        }
        ops.crossEntropy(x, p.get(0), new int[90], 1f / 90);
        tape.backward();
    }

    @Test
    void usingATensorTwiceSumsItsGradients() {
        var each = new Case("x + silu(x) * x", shapes(3, 37), 20, (ops, in) -> {
            Tensor x = in.tensor(0);
            return ops.add(x, ops.gatedUnit(x, x));
        }, in -> Formulas.addScaled(in[0], 1, Formulas.gatedUnit(in[0], in[0])));
        valuesAndGradientsAreThoseOfTheFormula(each);
        valuesAndGradientsAreThoseOfTheFormula(new Case("x + x", shapes(3, 37), 4, (ops, in) -> {
            Tensor x = in.tensor(0);
            return ops.add(x, ops.columns(x, 0, 37));
        }, in -> Formulas.addScaled(in[0], 1, in[0])));
        valuesAndGradientsAreThoseOfTheFormula(new Case("attend to itself", shapes(7, 12), 60, (ops, in) -> {
            Tensor x = in.tensor(0);
            return ops.attend(x, x, x, new Span[] {Span.sequence(0, 7)}, new Heads(3, 3, 4, Heads.UNLIMITED));
        }, in -> Formulas.attend(in[0], in[0], in[0], new Heads(3, 3, 4, Heads.UNLIMITED), Span.sequence(0, 7))));
    }

    /// A model of one layer with a tied embedding, every number of its every parameter. About 400 roundings lie on the
    /// longest way: some 40 for each of six products and norms, there and back.
    @Test
    void aWholeModelHasTheGradientsOfItsFormula() {
        int[] ids = {4, 1, 4, 8, 0, 3, 2};
        int[] chosen = {1, 2, 6};
        int[] labels = {4, 8, 5};
        int[] positions = {0, 1, 2, 3, 0, 1, 2};
        Span[] spans = {Span.sequence(0, 4), Span.sequence(4, 3)};
        var heads = new Heads(4, 2, 4, Heads.UNLIMITED);
        var turns = Rotation.of(4, Rotation.frequencies(4, 100));
        // embedding, norm, q, k, v, o, norm, gate, up, down
        var parameters = parameters(shapes(9, 12, 1, 12, 16, 12, 8, 12, 8, 12, 12, 16, 1, 12, 10, 12, 10, 12, 12, 10));
        var workspace = Workspace.growing();
        var tape = Tape.recording(workspace);
        var ops = new Ops(KERNELS, workspace, tape);
        parameters.forEach(each -> scale(each.tensor(), .4f));

        Tensor x = ops.embed(ids, parameters.get(0));
        Tensor n = ops.rmsNorm(x, parameters.get(1), 1e-5f);
        Tensor q = ops.rotate(ops.linear(n, parameters.get(2)), turns, positions);
        Tensor k = ops.rotate(ops.linear(n, parameters.get(3)), turns, positions);
        x = ops.add(x, ops.linear(ops.attend(q, k, ops.linear(n, parameters.get(4)), spans, heads), parameters.get(5)));
        n = ops.rmsNorm(x, parameters.get(6), 1e-5f);
        Tensor inner = ops.gatedUnit(ops.linear(n, parameters.get(7)), ops.linear(n, parameters.get(8)));
        x = ops.select(ops.add(x, ops.linear(inner, parameters.get(9))), chosen);
        Tensor losses = ops.crossEntropy(ops.linear(x, parameters.get(0)), labels, 1f / 3);
        tape.backward();

        Formula formula = in -> {
            double[][] h = Formulas.rows(in[0], ids);
            double[][] m = Formulas.rmsNorm(h, in[1], 1e-5f);
            double[][] a = Formulas.attend(Formulas.rotate(Formulas.linear(m, in[2]), turns, positions),
                    Formulas.rotate(Formulas.linear(m, in[3]), turns, positions), Formulas.linear(m, in[4]), heads,
                    spans);
            h = Formulas.addScaled(h, 1, Formulas.linear(a, in[5]));
            m = Formulas.rmsNorm(h, in[6], 1e-5f);
            double[][] g = Formulas.gatedUnit(Formulas.linear(m, in[7]), Formulas.linear(m, in[8]));
            h = Formulas.rows(Formulas.addScaled(h, 1, Formulas.linear(g, in[9])), chosen);
            return Formulas.crossEntropy(Formulas.linear(h, in[0]), labels);
        };
        assertClose(formula.apply(inF64(parameters)), losses, 400, "model");
        assertGradients(formula, parameters, Formulas.matrix(3, 1, (r, c) -> 1f / 3), 400, "model");
    }

    private static void scale(Tensor x, float factor) {
        for (int i = 0; i < x.size(); i++) {
            x.data()[x.offset() + i] *= factor;
        }
    }

    @Test
    void aFrozenWeightPassesTheGradientOnAndGetsNone() {
        for (boolean isPacked : new boolean[] {false, true}) {
            Tensor w = random(1, 19, 37);
            var weight = Parameter.frozen("w", isPacked ? Panels.pack(w, KERNELS.panelWidth()) : w);
            float[] before = w.toArray();
            var each = new Case("linear, frozen", shapes(5, 37), 37, (ops, in) -> ops.linear(in.tensor(0), weight),
                    in -> Formulas.linear(in[0], Formulas.matrix(w)));
            valuesAndGradientsAreThoseOfTheFormula(each);
            assertTrue(weight.gradient().isEmpty());
            assertArrayEquals(before, w.toArray());
        }
        var vector = Parameter.frozen("vector", random(2, 1, 37));
        valuesAndGradientsAreThoseOfTheFormula(new Case("bias and norm, frozen", shapes(5, 37), 60,
                (ops, in) -> ops.rmsNorm(ops.addBias(in.tensor(0), vector), vector, 1e-5f),
                in -> Formulas.rmsNorm(Formulas.addBias(in[0], Formulas.matrix(vector.tensor())),
                        Formulas.matrix(vector.tensor()), 1e-5f)));
    }

    /// Gain and bias may be trained apart: each alone gets the bits that it gets together with the others.
    @Test
    void aLayerNormWithSomeInputsFrozenGivesTheOthersTheSameBits() {
        int[][] shapes = shapes(5, 37, 1, 37, 1, 37);
        var all = parameters(shapes);
        backward(new Case("all", shapes, 0, (ops, in) ->
                ops.layerNorm(in.tensor(0), in.parameter(1), in.parameter(2), 1e-5f), in -> in[0]), all);
        for (int trained = 0; trained < 3; trained++) {
            int only = trained;
            var one = parameters(shapes);
            var frozen = one.stream().map(each -> Parameter.frozen(each.name(), each.tensor())).toList();
            backward(new Case("one", shapes, 0, (ops, in) -> ops.layerNorm(
                    only == 0 ? in.tensor(0) : frozen.getFirst().tensor(), (only == 1 ? one : frozen).get(1),
                    (only == 2 ? one : frozen).get(2), 1e-5f), in -> in[0]), one);
            for (int i = 0; i < 3; i++) {
                Tensor gradient = one.get(i).gradient().orElseThrow();
                float[] expected = i == only ? all.get(i).gradient().orElseThrow().toArray()
                        : new float[gradient.size()];
                assertArrayEquals(expected, gradient.toArray(), "input " + i + ", only " + only + " is trained");
            }
        }
    }

    @Test
    void columnsOutsideATensorAreRefused() {
        var ops = new Ops(KERNELS, Workspace.growing(), Tape.off());
        for (int[] each : new int[][] {{-1, 2}, {36, 2}, {0, -1}, {Integer.MAX_VALUE, 1}}) {
            String message = assertThrows(IllegalArgumentException.class, () ->
                    ops.columns(random(1, 3, 37), each[0], each[1])).getMessage();
            assertEquals("columns: %d columns from column %d of a tensor of 3 x 37".formatted(each[1], each[0]),
                    message);
        }
    }

    @Test
    void attentionWithSomeInputsFrozenGivesTheOthersTheSameBits() {
        var heads = new Heads(4, 2, 5, Heads.UNLIMITED);
        Span[] spans = {Span.sequence(0, 3), Span.sequence(3, 6)};
        int[][] shapes = shapes(9, heads.queryColumns(), 9, heads.keyColumns(), 9, heads.keyColumns());
        var all = parameters(shapes);
        backward(new Case("all", shapes, 0, (ops, in) ->
                ops.attend(in.tensor(0), in.tensor(1), in.tensor(2), spans, heads), in -> in[0]), all);
        for (int trained = 0; trained < 3; trained++) {
            int only = trained;
            var one = parameters(shapes);
            Tensor[] raw = one.stream().map(Parameter::tensor).toArray(Tensor[]::new);
            backward(new Case("one", shapes, 0, (ops, in) -> {
                raw[only] = in.tensor(only);
                return ops.attend(raw[0], raw[1], raw[2], spans, heads);
            }, in -> in[0]), one);
            for (int i = 0; i < 3; i++) {
                Tensor gradient = one.get(i).gradient().orElseThrow();
                float[] expected = i == only ? all.get(i).gradient().orElseThrow().toArray()
                        : new float[gradient.size()];
                assertArrayEquals(expected, gradient.toArray(), "input " + i + ", only " + only + " is trained");
            }
        }
    }

    @Test
    void segmentsBelowTheLowestTrainedParameterAreNotComputedAgain() {
        var workspace = Workspace.growing();
        var tape = Tape.recomputing(workspace);
        var ops = new Ops(KERNELS, workspace, tape);
        var frozen = Parameter.frozen("w", random(1, 8, 8));
        var up = Parameter.trained("up", random(2, 8, 8));
        var runs = new AtomicInteger();
        Tensor x = ops.embed(new int[] {0, 1, 2}, Parameter.frozen("table", random(3, 5, 8)));
        for (int i = 0; i < 3; i++) {
            x = ops.segment(x, (inside, in) -> {
                runs.incrementAndGet();
                return inside.gelu(inside.linear(in, frozen));
            });
            assertFalse(tape.follows(x));
        }
        x = ops.segment(x, (inside, in) -> inside.gelu(inside.linear(in, up)));
        assertTrue(tape.follows(x));
        ops.crossEntropy(x, new int[] {1, 7, 0}, 1);
        tape.backward();
        assertEquals(3, runs.get());
        assertNotEquals(0, up.gradient().orElseThrow().at(0, 0));
    }

    @Test
    void nothingIsFollowedBelowTheLowestTrainedParameter() {
        var workspace = Workspace.growing();
        var tape = Tape.recording(workspace);
        var ops = new Ops(KERNELS, workspace, tape);
        var heads = new Heads(2, 1, 4, Heads.UNLIMITED);
        Span[] spans = {Span.sequence(0, 3)};
        Tensor x = ops.embed(new int[] {0, 1, 2}, Parameter.frozen("table", random(1, 5, 8)));
        var gain = Parameter.frozen("gain", random(2, 1, 8));
        var bias = Parameter.frozen("bias", random(3, 1, 8));
        x = ops.addBias(ops.rmsNorm(x, gain, 1e-5f), bias);
        x = ops.columns(ops.gelu(ops.layerNorm(x, gain, bias, 1e-5f)), 0, 8);
        Tensor k = ops.linear(x, Parameter.frozen("k", random(4, 4, 8)));
        x = ops.rotate(x, Rotation.of(3, Rotation.frequencies(4, 100)), new int[] {0, 1, 2});
        x = ops.select(ops.add(ops.gatedUnit(ops.attend(x, k, k, spans, heads), x), x), new int[] {0, 2});
        ops.crossEntropy(x, new int[] {1, 7}, 1);
        assertFalse(tape.follows(x));
        long before = workspace.bytes();
        tape.backward();
        assertEquals(before, workspace.bytes());

        var up = Parameter.trained("up", random(5, 6, 8));
        Tensor y = ops.linear(x, up);
        assertTrue(tape.follows(y));
        assertFalse(tape.follows(x));
        Tensor input = x;
        assertThrows(IllegalStateException.class, () -> tape.gradient(input));
        tape.gradient(y).fill(1);
        tape.backward();
        assertTrue(up.gradient().orElseThrow().at(0, 0) != 0);
    }

    @Test
    void aTapeThatIsOffFollowsNothing() {
        var tape = Tape.off();
        var ops = new Ops(KERNELS, Workspace.growing(), tape);
        var weight = Parameter.trained("w", random(1, 4, 4));
        Tensor y = ops.linear(ops.embed(new int[] {0, 3}, weight), weight);
        ops.crossEntropy(y, new int[] {0, 1}, 1);
        assertFalse(tape.follows(y));
        tape.backward();
        assertArrayEquals(new float[16], weight.gradient().orElseThrow().toArray());
    }

    @Test
    void theCheckNoticesAGradientThatIsOffByAThousandth() {
        var parameters = parameters(shapes(5, 37, 19, 37));
        var each = cases().filter(one -> one.name.equals("linear")).findFirst().orElseThrow();
        backward(each, parameters);
        scale(parameters.get(0).gradient().orElseThrow(), 1.001f);
        double[][] weights = Formulas.matrix(random(99, 5, 19));
        assertThrows(AssertionError.class, () ->
                assertGradients(each.formula, parameters, weights, each.roundings, "linear"));
    }
}
