package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// SIMD kernels give the bits of the reference, at awkward sizes and any number of threads.
class SimdEqualsReferenceTest {

    private static final ReferenceKernels REFERENCE = new ReferenceKernels();

    /// An operation, run on inputs of its own and returning what it wrote.
    record Case(String name, java.util.function.Function<Kernels, List<Tensor>> run) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Tensor random(int purpose, int rows, int columns) {
        Tensor tensor = Tensor.over(new float[rows * columns + 5], 5, rows, columns);
        new Philox(7, purpose).fillNormal(rows * 1000 + columns, 1, tensor);
        return tensor;
    }

    static List<Case> cases() {
        var cases = new ArrayList<Case>();
        int[][] shapes = {{1, 1, 1}, {1, 33, 7}, {3, 64, 32}, {14, 32, 17}, {15, 31, 19}, {57, 65, 40}, {29, 100, 515},
                {65, 8, 96}, {30, 24, 50}, {40, 12, 600}, {70, 96, 8},
            {120, 70, 1030}};
        for (int[] s : shapes) {
            String shape = s[0] + "x" + s[1] + "x" + s[2];
            cases.add(new Case("multiplyTransposed " + shape, kernels -> {
                Tensor y = random(9, s[0], s[1]);
                kernels.multiplyTransposed(random(1, s[0], s[2]), random(2, s[1], s[2]), y);
                return List.of(y);
            }));
            cases.add(new Case("multiplyTransposed packed " + shape, kernels -> {
                Tensor y = random(9, s[0], s[1]);
                kernels.multiplyTransposed(random(1, s[0], s[2]),
                        Panels.pack(random(2, s[1], s[2]), kernels.panelWidth()), y);
                return List.of(y);
            }));
            cases.add(new Case("addProduct " + shape, kernels -> {
                Tensor dx = random(9, s[0], s[1]);
                kernels.addProduct(random(1, s[0], s[2]), random(2, s[2], s[1]), dx);
                return List.of(dx);
            }));
            cases.add(new Case("addProduct packed " + shape, kernels -> {
                Tensor dx = random(9, s[0], s[1]);
                kernels.addProduct(random(1, s[0], s[2]), Panels.pack(random(2, s[2], s[1]), kernels.panelWidth()), dx);
                return List.of(dx);
            }));
            cases.add(new Case("addScaledProduct " + shape, kernels -> {
                Tensor y = random(9, s[0], s[1]);
                kernels.addScaledProduct(random(1, s[0], s[2]), random(2, s[1], s[2]), .37f, y);
                return List.of(y);
            }));
            cases.add(new Case("transposedProduct " + shape, kernels -> {
                Tensor dw = random(9, s[0], s[1]);
                kernels.transposedProduct(random(1, s[2], s[0]), random(2, s[2], s[1]), dw);
                return List.of(dw);
            }));
            cases.add(new Case("addTransposedProduct " + shape, kernels -> {
                Tensor dw = random(9, s[0], s[1]);
                kernels.addTransposedProduct(random(1, s[2], s[0]), random(2, s[2], s[1]), dw);
                return List.of(dw);
            }));
        }
        for (int[] s : new int[][] {{1, 1, 32}, {1, 33, 64}, {1, 300, 576}, {2, 40, 32}, {16, 70, 96},
                {31, 65, 1056}}) {
            for (Storage storage : Storage.values()) {
                cases.addAll(storedCases(storage, s[0], s[1], s[2]));
            }
        }
        for (int[] s : new int[][] {{1, 1}, {3, 16}, {5, 37}, {40, 600}}) {
            cases.addAll(rowCases(s[0], s[1]));
        }
        cases.addAll(hostileCases());
        for (int size : new int[] {2, 10, 16, 24, 64, 72}) {
            cases.addAll(attentionCases(size));
        }
        for (int seed = 0; seed < 16; seed++) {
            cases.add(randomAttention(seed));
        }
        cases.add(new Case("sumOfSquares", kernels -> List.of(Tensor.of(1, 1,
                (float) kernels.sumOfSquares(random(3, 77, 301))))));
        return cases;
    }

    private static List<Case> storedCases(Storage storage, int tokens, int outputs, int inputs) {
        String shape = " " + storage + " " + tokens + "x" + outputs + "x" + inputs;
        return List.of(
                new Case("multiplyTransposed" + shape, kernels -> {
                    Tensor y = random(9, tokens, outputs);
                    kernels.multiplyTransposed(random(1, tokens, inputs),
                            Panels.pack(random(2, outputs, inputs), kernels.panelWidth(), storage), y);
                    return List.of(y);
                }),
                new Case("addProduct" + shape, kernels -> {
                    Tensor dx = random(9, tokens, inputs);
                    kernels.addProduct(random(1, tokens, outputs),
                            Panels.pack(random(2, outputs, inputs), kernels.panelWidth(), storage), dx);
                    return List.of(dx);
                }),
                new Case("embed" + shape, kernels -> {
                    Tensor y = random(9, 2, inputs);
                    kernels.embed(Panels.pack(random(2, outputs, inputs), kernels.panelWidth(), storage),
                            new int[] {outputs - 1, 0}, y);
                    return List.of(y);
                }));
    }

    /// From the last but one of `rows + 3` rows on.
    private static int[] backwards(int rows) {
        return IntStream.range(0, rows).map(i -> rows + 1 - i).toArray();
    }

    /// The operations of [Kernels] that the cases call.
    static Set<String> operations(List<Case> cases) {
        var called = new TreeSet<String>();
        var reference = new ReferenceKernels();
        var recording = (Kernels) Proxy.newProxyInstance(Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class},
                (proxy, method, arguments) -> {
                    called.add(method.getName());
                    return method.invoke(reference, arguments);
                });
        cases.forEach(each -> each.run().apply(recording));
        return called;
    }

    /// All operations there are.
    static Set<String> operations() {
        return Arrays.stream(Kernels.class.getMethods()).filter(method -> !method.isDefault()).map(Method::getName)
                .filter(name -> !name.equals("panelWidth")).collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyOperationHasACase() {
        var missing = operations();
        missing.removeAll(operations(cases()));
        assertEquals(Set.of(), missing);
    }

    private static List<Case> rowCases(int rows, int columns) {
        String shape = " " + rows + "x" + columns;
        int[] ids = new int[rows];
        Arrays.setAll(ids, i -> i * 7 % 5);
        int[] labels = new int[rows];
        Arrays.setAll(labels, i -> i * 31 % columns);
        return List.of(
                new Case("embed" + shape, kernels -> {
                    Tensor y = random(9, rows, columns);
                    kernels.embed(random(1, 5, columns), ids, y);
                    Tensor z = random(9, rows, columns);
                    kernels.embed(Panels.pack(random(1, 5, columns), kernels.panelWidth()), ids, z);
                    return List.of(y, z);
                }),
                new Case("storeRows" + shape, kernels -> {
                    Tensor target = random(9, rows + 3, columns);
                    kernels.storeRows(random(1, rows, columns), backwards(rows), target);
                    return List.of(target);
                }),
                new Case("addEmbeddingGradient" + shape, kernels -> {
                    Tensor dtable = random(9, 5, columns);
                    kernels.addEmbeddingGradient(random(1, rows, columns), ids, dtable);
                    return List.of(dtable);
                }),
                new Case("bias" + shape, kernels -> {
                    Tensor y = random(9, rows, columns);
                    Tensor dbias = random(8, 1, columns);
                    kernels.addBias(random(1, 1, columns), y);
                    kernels.addColumnSums(y, dbias);
                    return List.of(y, dbias);
                }),
                new Case("sum" + shape, kernels -> {
                    Tensor y = random(9, rows, columns);
                    kernels.sum(random(1, rows, columns), .3f, random(2, rows, columns), y);
                    kernels.add(random(3, rows, columns), y);
                    kernels.addScaled(-.7f, random(4, rows, columns), y);
                    return List.of(y);
                }),
                new Case("gatedUnit" + shape, kernels -> {
                    Tensor y = random(9, rows, columns);
                    Tensor dgate = random(5, rows, columns);
                    Tensor dup = random(6, rows, columns);
                    kernels.gatedUnit(random(1, rows, columns), random(2, rows, columns), y);
                    kernels.addGatedUnitGradient(random(3, rows, columns), random(1, rows, columns),
                            random(2, rows, columns), dgate, dup);
                    return List.of(y, dgate, dup);
                }),
                new Case("scale" + shape, kernels -> {
                    Tensor y = random(9, rows, columns);
                    kernels.scale(-1.3f, y);
                    return List.of(y);
                }),
                new Case("columns with factors" + shape, kernels -> {
                    Tensor y = random(9, rows, columns);
                    Tensor dx = random(8, rows, columns);
                    Tensor sums = random(7, 1, columns);
                    Tensor shares = random(6, 1, columns);
                    kernels.scaleColumns(random(1, rows, columns), random(2, 1, columns), y);
                    kernels.addScaledColumns(random(3, rows, columns), random(2, 1, columns), dx);
                    kernels.addColumnProducts(random(3, rows, columns), random(1, rows, columns), sums);
                    kernels.divide(sums, random(2, 1, columns), shares);
                    return List.of(y, dx, sums, shares);
                }),
                new Case("rowNorms" + shape, kernels -> {
                    Tensor norms = random(9, 1, rows);
                    Tensor packed = random(8, 1, rows);
                    kernels.rowNorms(random(1, rows, columns), random(2, 3, columns), random(3, rows, 3), .7f, norms);
                    kernels.rowNorms(Panels.pack(random(1, rows, columns), kernels.panelWidth()),
                            Tensor.zeros(0, columns), Tensor.zeros(rows, 0), .7f, packed);
                    return List.of(norms, packed);
                }),
                new Case("softCap" + shape, kernels -> softCap(kernels, random(9, rows, columns))),
                new Case("gatedGelu" + shape, kernels -> gatedGelu(kernels, random(1, rows, columns))),
                new Case("rmsNorm" + shape, kernels -> {
                    Tensor y = random(9, rows, columns);
                    Tensor scale = random(8, rows, 1);
                    Tensor dx = random(7, rows, columns);
                    Tensor dgain = random(6, 1, columns);
                    kernels.rmsNorm(random(1, rows, columns), random(2, 1, columns), 1e-5f, y, scale);
                    kernels.addRmsNormGradient(random(3, rows, columns), random(1, rows, columns),
                            random(2, 1, columns), scale, dx);
                    kernels.addRmsNormGainGradient(random(3, rows, columns), random(1, rows, columns), scale, dgain);
                    return List.of(y, scale, dx, dgain);
                }),
                new Case("layerNorm" + shape, kernels -> layerNorm(kernels, random(1, rows, columns))),
                new Case("gelu" + shape, kernels -> gelu(kernels, random(1, rows, columns))),
                new Case("columns" + shape, kernels -> {
                    Tensor y = random(9, rows, columns);
                    Tensor dx = random(8, rows, columns + 5);
                    kernels.columns(random(1, rows, columns + 5), 3, y);
                    kernels.addToColumns(random(2, rows, columns), 3, dx);
                    return List.of(y, dx);
                }),
                new Case("crossEntropy" + shape, kernels -> {
                    Tensor losses = random(9, rows, 1);
                    Tensor sums = random(8, rows, 1);
                    Tensor dlogits = random(1, rows, columns);
                    kernels.crossEntropy(random(1, rows, columns), labels, losses, sums);
                    kernels.toCrossEntropyGradient(dlogits, labels, sums, .25f);
                    return List.of(losses, sums, dlogits);
                }),
                new Case("adamW" + shape, kernels -> {
                    Tensor value = random(9, rows, columns);
                    Tensor mean = random(8, rows, columns);
                    Tensor square = Tensor.zeros(rows, columns);
                    square.fill(.3f);
                    kernels.adamW(new AdamW.Step(.9f, .9f, .95f, 1e-8f, .999f, 3e-3f, 1.7f), value,
                            random(1, rows, columns), mean, square);
                    return List.of(value, mean, square);
                }));
    }

    /// A prefix, sequences that share some of it or nothing, and heads of any shape.
    private static Case randomAttention(int seed) {
        var random = new Random(seed);
        int keyValueHeads = 1 + random.nextInt(2);
        var heads = new Heads(keyValueHeads * (1 + random.nextInt(7)), keyValueHeads, 1 + random.nextInt(70),
                random.nextBoolean() ? Heads.UNLIMITED : 1 + random.nextInt(150), .05f + random.nextFloat(),
                random.nextBoolean() ? Heads.UNCAPPED : .5f + random.nextFloat());
        int prefix = 1 + random.nextInt(140);
        var spans = new ArrayList<Span>(List.of(Span.sequence(0, prefix)));
        int queries = prefix;
        int keys = prefix;
        for (int s = random.nextInt(4); s > 0; s--) {
            int shared = random.nextInt(prefix + 1);
            int firstShared = shared == 0 ? 0 : random.nextInt(prefix - shared + 1);
            int own = 1 + random.nextInt(100);
            int count = 1 + random.nextInt(random.nextBoolean() ? 3 : own);
            spans.add(new Span(queries, Math.min(count, own + shared), keys, own + shared, firstShared, shared));
            queries += Math.min(count, own + shared);
            keys += own;
        }
        return attention("attend, seed " + seed + ": " + heads + " " + spans, heads, queries, keys,
                spans.toArray(Span[]::new));
    }

    private static Case attention(String name, Heads heads, int queries, int keys, Span... spans) {
        return new Case(name, kernels -> {
            Tensor q = random(1, queries, heads.queryColumns());
            Tensor k = random(2, keys, heads.keyColumns());
            Tensor v = random(3, keys, heads.keyColumns());
            Tensor dy = random(4, queries, heads.queryColumns());
            Tensor y = random(5, queries, heads.queryColumns());
            Tensor sums = random(6, queries, heads.heads());
            Tensor dq = random(7, queries, heads.queryColumns());
            Tensor dk = random(8, keys, heads.keyColumns());
            Tensor dv = random(9, keys, heads.keyColumns());
            kernels.attend(q, k, v, spans, heads, y, sums);
            kernels.addAttendGradient(dy, q, k, v, spans, heads, y, sums, dq, dk, dv);
            return List.of(y, sums, dq, dk, dv);
        });
    }

    private static List<Tensor> layerNorm(Kernels kernels, Tensor x) {
        Tensor y = random(9, x.rows(), x.columns());
        Tensor statistics = random(8, x.rows(), 2);
        Tensor dx = random(7, x.rows(), x.columns());
        Tensor dgain = random(6, 1, x.columns());
        Tensor dy = random(4, x.rows(), x.columns());
        kernels.layerNorm(x, random(2, 1, x.columns()), random(3, 1, x.columns()), 1e-5f, y, statistics);
        kernels.addLayerNormGradient(dy, x, random(2, 1, x.columns()), statistics, dx);
        kernels.addLayerNormGainGradient(dy, x, statistics, dgain);
        return List.of(y, statistics, dx, dgain);
    }

    private static List<Tensor> gelu(Kernels kernels, Tensor x) {
        Tensor y = random(9, x.rows(), x.columns());
        Tensor dx = random(8, x.rows(), x.columns());
        kernels.gelu(x, y);
        kernels.addGeluGradient(random(2, x.rows(), x.columns()), x, dx);
        return List.of(y, dx);
    }

    private static List<Tensor> softCap(Kernels kernels, Tensor y) {
        Tensor dy = random(8, y.rows(), y.columns());
        kernels.softCap(.7f, y);
        kernels.multiplySoftCapSlope(y, .7f, dy);
        return List.of(y, dy);
    }

    private static List<Tensor> gatedGelu(Kernels kernels, Tensor gate) {
        Tensor up = random(2, gate.rows(), gate.columns());
        Tensor y = random(9, gate.rows(), gate.columns());
        Tensor dgate = random(5, gate.rows(), gate.columns());
        Tensor dup = random(6, gate.rows(), gate.columns());
        kernels.gatedGelu(gate, up, y);
        kernels.addGatedGeluGradient(random(3, gate.rows(), gate.columns()), gate, up, dgate, dup);
        return List.of(y, dgate, dup);
    }

    /// A hostile number in the vectors and one in the rest that vectors do not reach; their row may become infinite or
    /// not a number, in both alike, and no other row changes.
    private static List<Case> hostileCases() {
        var cases = new ArrayList<Case>();
        for (float hostile : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, Float.MAX_VALUE,
            -Float.MAX_VALUE, 1e20f, Float.MIN_VALUE, -0f}) {
            for (int column : new int[] {1, 36}) {
                Tensor x = random(1, 3, 37);
                x.set(1, column, hostile);
                String where = " of " + hostile + " at " + column;
                cases.add(new Case("layerNorm" + where, kernels -> layerNorm(kernels, x)));
                cases.add(new Case("softCap" + where, kernels -> softCap(kernels, Tensor.of(3, 37, x.toArray()))));
                cases.add(new Case("gatedGelu" + where, kernels -> gatedGelu(kernels, x)));
                cases.add(new Case("gelu" + where, kernels -> gelu(kernels, x)));
            }
        }
        for (float constant : new float[] {0, -0f, 3, 1e30f}) {
            Tensor x = random(1, 3, 37);
            x.slice(1, 1).fill(constant);
            cases.add(new Case("layerNorm of " + constant + " throughout", kernels -> layerNorm(kernels, x)));
        }
        return cases;
    }

    /// The sums of these are exact, so the differences from the mean are zero.
    @Test
    void aRowOfOneNumberHasTheBiasForItsNorm() {
        Tensor bias = random(3, 1, 37);
        for (float constant : new float[] {0, 3, -0.125f, 4096}) {
            Tensor x = random(1, 3, 37);
            x.slice(1, 1).fill(constant);
            Tensor y = random(9, 3, 37);
            REFERENCE.layerNorm(x, random(2, 1, 37), bias, 1e-5f, y, Tensor.zeros(3, 2));
            for (int c = 0; c < 37; c++) {
                assertEquals(bias.at(0, c), y.at(1, c));
            }
        }
    }

    private static List<Case> attentionCases(int size) {
        var wide = new Heads(4, 2, size, Heads.UNLIMITED);
        var narrow = new Heads(4, 2, size, 11);
        var capped = new Heads(4, 2, size, 11, .4f, 1.3f);
        var wideCapped = new Heads(4, 2, size, Heads.UNLIMITED, .4f, 5);
        Span[] spans = {Span.sequence(0, 5), Span.sequence(5, 70), new Span(75, 3, 75, 131)};
        int queries = 78;
        int keys = 75 + 131;
        Span[] prefix = {Span.sequence(0, 70), new Span(70, 3, 70, 73, 0, 70), new Span(73, 2, 73, 90, 20, 50),
                new Span(75, 3, 113, 67, 0, 64)};
        int[] positions = new int[queries];
        Arrays.setAll(positions, i -> i * 3 % 50);
        var cases = new ArrayList<Case>();
        for (Heads heads : List.of(wide, narrow, capped, wideCapped)) {
            cases.add(attention("attend size " + size + " window " + heads.window() + " cap " + heads.cap(), heads,
                    queries, keys, spans));
            cases.add(attention("attend shared prefix, size " + size + " window " + heads.window() + " cap "
                    + heads.cap(), heads, queries, keys, prefix));
        }
        for (int kept : new int[] {0, 1, 6}) {
            cases.add(new Case("rotate " + size + " of " + (size + kept), kernels -> {
                int columns = 3 * (size + kept);
                Tensor x = random(1, queries, columns);
                Tensor y = random(2, queries, columns);
                Tensor dx = random(3, queries, columns);
                Rotation rotation = Rotation.of(50, Rotation.frequencies(size, 10_000), size + kept, 1.1);
                kernels.rotate(x, rotation, positions, y);
                kernels.rotateBack(y, rotation, positions, dx);
                kernels.rotateBack(dx, rotation, positions, dx);
                kernels.rotate(y, rotation, positions, y);
                return List.of(y, dx);
            }));
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void simdGivesTheBitsOfTheReference(Case each) {
        List<Tensor> expected = each.run().apply(REFERENCE);
        for (int threads : new int[] {1, 3}) {
            try (var workers = new Workers(threads)) {
                List<Tensor> actual = each.run().apply(new SimdKernels(workers));
                for (int i = 0; i < expected.size(); i++) {
                    assertSameBits(expected.get(i), actual.get(i), each.name() + ", output " + i + ", " + threads
                            + " threads");
                }
            }
        }
    }

    static void assertSameBits(Tensor expected, Tensor actual, String what) {
        for (int r = 0; r < expected.rows(); r++) {
            for (int c = 0; c < expected.columns(); c++) {
                // Which bits a NaN has is the processor's choice.
                assertEquals(Float.floatToIntBits(expected.at(r, c)), Float.floatToIntBits(actual.at(r, c)),
                        "%s at (%d, %d): %s and %s".formatted(what, r, c, expected.at(r, c), actual.at(r, c)));
            }
        }
    }
}
