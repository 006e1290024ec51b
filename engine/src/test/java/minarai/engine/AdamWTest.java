package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The optimizer against PyTorch's `AdamW` and `clip_grad_norm_`, written out in f64.
class AdamWTest {

    private static final Workers WORKERS = new Workers(2);
    private static final AdamW.Settings SETTINGS = new AdamW.Settings(.9f, .999f, 1e-8f, .1f);
    private static final double RATE = 3e-3;

    static List<Kernels> kernels() {
        return List.of(new ReferenceKernels(), new SimdKernels(WORKERS));
    }

    @AfterAll
    static void close() {
        WORKERS.close();
    }

    private static List<Parameter> parameters() {
        return List.of(Parameter.trained("matrix", random(1, 0, 7, 37)),
                Parameter.trained("norm", random(2, 0, 1, 21)));
    }

    private static Tensor random(int purpose, int step, int rows, int columns) {
        Tensor tensor = Tensor.zeros(rows, columns);
        new Philox(5, purpose).fillNormal(step, 1, tensor);
        return tensor;
    }

    private static AdamW optimizer(Kernels kernels, List<Parameter> parameters) {
        return new AdamW(kernels, SETTINGS, parameters, parameter -> parameter.value().rows() > 1);
    }

    /// Gradients of a step; every third step's are small, so that some are clipped and some are not.
    private static void fillGradients(List<Parameter> parameters, int step) {
        for (int i = 0; i < parameters.size(); i++) {
            Tensor gradient = parameters.get(i).gradient().orElseThrow();
            new Philox(6, i).fillNormal(step, step % 3 == 0 ? .01f : 1, gradient);
        }
    }

    private static void steps(AdamW optimizer, List<Parameter> parameters, int from, int to) {
        for (int step = from; step <= to; step++) {
            optimizer.clearGradients();
            fillGradients(parameters, step);
            optimizer.step(RATE, optimizer.gradientNorm(), 1);
        }
    }

    /// One parameter in f64, updated as `torch.optim.AdamW` documents it.
    private static final class Twin {
        final double[] value;
        final double[] mean;
        final double[] square;
        final double decay;

        Twin(Tensor value, double decay) {
            this.value = new double[value.size()];
            for (int i = 0; i < value.size(); i++) {
                this.value[i] = value.data()[value.offset() + i];
            }
            mean = new double[value.size()];
            square = new double[value.size()];
            this.decay = decay;
        }

        void step(int t, Tensor gradient, double clip) {
            double beta1 = SETTINGS.beta1();
            double beta2 = SETTINGS.beta2();
            for (int i = 0; i < value.length; i++) {
                double g = gradient.data()[gradient.offset() + i] * clip;
                value[i] -= RATE * decay * value[i];
                mean[i] = beta1 * mean[i] + (1 - beta1) * g;
                square[i] = beta2 * square[i] + (1 - beta2) * g * g;
                double meanHat = mean[i] / (1 - StrictMath.pow(beta1, t));
                double squareHat = square[i] / (1 - StrictMath.pow(beta2, t));
                value[i] -= RATE * meanHat / (StrictMath.sqrt(squareHat) + SETTINGS.epsilon());
            }
        }
    }

    /// A step rounds a weight (below 4) twice and its update (below 10 rates) some ten times; over 20 steps that is
    /// `20 · (2 · 4 + 10 · 10 · 0.003) · 2⁻²⁴`, about 10⁻⁵.
    @ParameterizedTest
    @MethodSource("kernels")
    void twentyStepsWithClippingAreThoseOfPyTorch(Kernels kernels) {
        var parameters = parameters();
        var optimizer = optimizer(kernels, parameters);
        var twins = parameters.stream()
                .map(each -> new Twin(each.tensor(), each.value().rows() > 1 ? SETTINGS.weightDecay() : 0)).toList();
        int clipped = 0;
        for (int step = 1; step <= 20; step++) {
            optimizer.clearGradients();
            fillGradients(parameters, step);
            double norm = norm(parameters);
            assertEquals(norm, optimizer.gradientNorm(), 1e-6 * norm);
            double clip = Math.min(1, 1 / (norm + 1e-6));
            clipped += clip < 1 ? 1 : 0;
            optimizer.step(RATE, optimizer.gradientNorm(), 1);
            for (int i = 0; i < twins.size(); i++) {
                twins.get(i).step(step, parameters.get(i).gradient().orElseThrow(), clip);
            }
        }
        assertEquals(14, clipped);
        assertEquals(20, optimizer.steps());
        for (int i = 0; i < twins.size(); i++) {
            float[] actual = parameters.get(i).tensor().toArray();
            for (int j = 0; j < actual.length; j++) {
                assertEquals(twins.get(i).value[j], actual[j], 20 * 8.3 * 0x1p-24, parameters.get(i).name() + " " + j);
            }
        }
    }

    private static double norm(List<Parameter> parameters) {
        double sum = 0;
        for (Parameter parameter : parameters) {
            for (float each : parameter.gradient().orElseThrow().toArray()) {
                sum += (double) each * each;
            }
        }
        return Math.sqrt(sum);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void withoutAGradientOnlyDecayedParametersShrink(Kernels kernels) {
        var parameters = parameters();
        float[] matrix = parameters.get(0).tensor().toArray();
        float[] norm = parameters.get(1).tensor().toArray();
        var optimizer = optimizer(kernels, parameters);
        optimizer.step(RATE, optimizer.gradientNorm(), 1);
        float keep = (float) (1 - RATE * SETTINGS.weightDecay());
        for (int i = 0; i < matrix.length; i++) {
            matrix[i] *= keep;
        }
        assertArrayEquals(matrix, parameters.get(0).tensor().toArray());
        assertArrayEquals(norm, parameters.get(1).tensor().toArray());
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void aResumedRunHasTheBitsOfAnUninterruptedOne(Kernels kernels) {
        var whole = parameters();
        steps(optimizer(kernels, whole), whole, 1, 20);

        var before = parameters();
        var stopped = optimizer(kernels, before);
        steps(stopped, before, 1, 7);
        var after = before.stream().map(each -> Parameter.trained(each.name(),
                Tensor.of(each.value().rows(), each.value().columns(), each.tensor().toArray()))).toList();
        var resumed = optimizer(kernels, after);
        for (int i = 0; i < after.size(); i++) {
            kernels.add(stopped.slots().get(i).mean(), resumed.slots().get(i).mean());
            kernels.add(stopped.slots().get(i).square(), resumed.slots().get(i).square());
        }
        resumed.resume(stopped.steps());
        steps(resumed, after, 8, 20);

        for (int i = 0; i < whole.size(); i++) {
            assertArrayEquals(whole.get(i).tensor().toArray(), after.get(i).tensor().toArray());
        }
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void clippingBoundsTheGradientAndAnInfiniteBoundDoesNothing(Kernels kernels) {
        var free = parameters();
        var tight = parameters();
        var loose = parameters();
        for (var each : List.of(free, tight, loose)) {
            fillGradients(each, 1);
        }
        var optimizer = optimizer(kernels, free);
        double norm = optimizer.gradientNorm();
        optimizer.step(RATE, norm, Double.POSITIVE_INFINITY);
        optimizer(kernels, loose).step(RATE, norm, 2 * norm);
        var clipping = optimizer(kernels, tight);
        clipping.step(RATE, norm, norm / 8);
        assertArrayEquals(free.get(0).tensor().toArray(), loose.get(0).tensor().toArray());
        float whole = optimizer.slots().get(0).mean().at(0, 0);
        assertEquals(whole / 8, clipping.slots().get(0).mean().at(0, 0), Math.abs(whole) * 1e-6);
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void aGradientThatIsNoNumberIsSeenInTheNorm(Kernels kernels) {
        var parameters = parameters();
        parameters.get(0).gradient().orElseThrow().set(6, 36, Float.NaN);
        assertTrue(Double.isNaN(optimizer(kernels, parameters).gradientNorm()));
        parameters.get(0).gradient().orElseThrow().set(6, 36, Float.NEGATIVE_INFINITY);
        assertEquals(Double.POSITIVE_INFINITY, optimizer(kernels, parameters).gradientNorm());
    }
}
