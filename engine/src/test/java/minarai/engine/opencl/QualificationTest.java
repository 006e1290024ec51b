package minarai.engine.opencl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.engine.Workers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A device is made to compute otherwise, by other kernels than those of this build, and what becomes known of it is
/// told from what is known of the device as it is.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class QualificationTest {

    private final Workers workers = new Workers(1);
    private List<Device> devices = List.of();

    @BeforeAll
    void open() {
        Devices here = Devices.here();
        assumeFalse(here.all().isEmpty(), () -> "no OpenCL here: " + here.absence());
        devices = here.all();
    }

    @AfterAll
    void close() {
        workers.close();
    }

    private Device device() {
        return devices.getFirst();
    }

    /// What is found of all kernels, or where some are named of those alone.
    private Qualification found(Sources sources, String... only) {
        try (var kernels = OpenClKernels.on(device(), workers, sources, Answers.ofDriver())) {
            if (only.length == 0) {
                return Qualification.of(kernels, false, kernel -> { });
            }
            var trials = Trials.all().stream().filter(trial -> List.of(only).contains(trial.kernel())).toList();
            return new Qualification(Qualification.keyOf(device(), sources),
                    Qualification.findings(trials, kernels, kernel -> { }), 0, 0, Tuned.untuned(device()));
        }
    }

    /// The kernels of this build, with one text in a file instead of another.
    private static Sources changed(String file, String text, String instead) {
        Map<String, String> texts = new HashMap<>(Sources.ofBuild().texts());
        assertTrue(texts.getOrDefault(file, "").contains(text), text);
        texts.computeIfPresent(file, (name, before) -> before.replace(text, instead));
        return new Sources(texts, "");
    }

    private static Set<String> names(Qualification found, Finding.Outcome outcome) {
        return found.findings().stream().filter(each -> each.outcome() == outcome).map(Finding::kernel)
                .collect(Collectors.toSet());
    }

    @Test
    void aDeviceThatComputesOnTheCpuGivesEveryBit() {
        assumeFalse(device().kind() != Device.Kind.CPU || !device().isCorrectlyRounded(),
                "the first device is none that computes on the CPU with IEEE's quotients and roots");
        var found = found(Sources.ofBuild());
        assertEquals(Set.copyOf(Qualification.kernels()), names(found, Finding.Outcome.EQUAL), found.toText());
        assertTrue(found.isExact() && found.failed().isEmpty());
        assertEquals(Qualification.keyOf(device()), found.key());
    }

    /// What is wrong, in which file, the kernel that must be refused for it, and one that stays as it was.
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "no factor;    elements; fma(factor, x[xo + i], a[ao + i]); x[xo + i] + a[ao + i];           sum;     divide",
        "few digits;   elements; a[ao + i] / b[bo + i];             a[ao + i] / b[bo + i] * 1.0001f; divide;  sum",
        "last column;  elements; factor * y[yo + i];    (i < n - 1 ? factor : 1.0f) * y[yo + i]; scale; sum",
        "mirrored;     rows;     columns + i % columns]; columns + columns - 1 - i % columns]; embed; columns",
        "not a number; norms;    p - 1.0f : p;                      NAN : p; toCrossEntropyGradient; crossEntropy",
        "no kernel;    lookup;   float length_ = sqrt;              float length_ = missing;         rowNorms; sum"})
    void aDeviceThatComputesWronglyIsRefused(String what, String file, String text, String instead, String kernel,
            String other) {
        var found = found(changed(file, text, instead), kernel, other);
        assertEquals(Set.of(kernel), names(found, Finding.Outcome.FAILED), what + "\n" + found.toText());
        assertEquals(Set.of(other), names(found, Finding.Outcome.EQUAL), what + "\n" + found.toText());
        assertFalse(found.isExact());
        assertFalse(found.failed().getFirst().reason().isEmpty());
    }

    /// A product whose terms are rounded before they are added is no fused one, which OpenCL has correctly rounded.
    @Test
    void aProductThatIsNotFusedIsRefused() {
        var found = found(changed("elements", "fma(factor, x[xo + i], a[ao + i])", "factor * x[xo + i] + a[ao + i]"),
                "sum");
        assertEquals(Set.of("sum"), names(found, Finding.Outcome.FAILED), found.toText());
    }

    @Test
    void rootsAsFarOffAsOpenClAllowsStayWithinTheBoundsOfTheKernelsThatTakeThem() {
        String[] tried = {"rowNorms", "rmsNorm", "layerNorm", "adamW", "sum"};
        var found = found(offRoots("1.00000012f"), tried);
        assertEquals(Set.of("rowNorms", "rmsNorm", "layerNorm", "adamW"), names(found, Finding.Outcome.CLOSE),
                found.toText());
        assertEquals(Set.of("sum"), names(found, Finding.Outcome.EQUAL), found.toText());
        assertFalse(found.isExact(), "a run on such a device is no other device's");
        assertTrue(found.failed().isEmpty());
        assertEquals(Set.of("rowNorms", "rmsNorm", "layerNorm"), names(found(offRoots("1.0001f"), "rowNorms", "rmsNorm",
                "layerNorm"), Finding.Outcome.FAILED));
    }

    private static Sources offRoots(String factor) {
        Map<String, String> texts = new HashMap<>(Sources.ofBuild().texts());
        for (String file : List.of("lookup", "norms", "elements")) {
            texts.computeIfPresent(file, (name, text) -> "float offRoot(float x) {\n    return sqrt(x) * %s;\n}\n"
                    .formatted(factor) + text.replace("sqrt(", "offRoot("));
        }
        return new Sources(texts, "");
    }

    /// In quotients, and in the sigmoid and the tangent of other kernels: one or two units and a rounding. A quotient
    /// by one stays what it is.
    @Test
    void quotientsAsFarOffAsOpenClAllowsStayWithinTheBounds() {
        String off = " * 1.00000012f";
        Map<String, String> texts = new HashMap<>(Sources.ofBuild().texts());
        Map.of("functions", List.of("1.0f / (1.0f + exponential(-x))", "2.0f / (1.0f + exponential(t + t))"),
                "elements", List.of("a[ao + i] / b[bo + i]", "y[yo + i] / cap", "m / root"),
                "norms", List.of("tree(partial, lane) / columns"),
                "attend", List.of("output[e] / sums[i]", "score / cap")).forEach((file, quotients) ->
                quotients.forEach(each -> texts.computeIfPresent(file, (name, text) -> text.replace(each, each
                        + (file.equals("norms") ? off.replace("1.", "(columns == 1 ? 1.0f : 1.") + ")" : off)))));
        var found = found(new Sources(texts, ""), "divide", "gatedUnit", "gelu", "softCap", "multiplySoftCapSlope",
                "adamW", "addGeluGradient", "addGatedUnitGradient", "rmsNorm", "layerNorm", "addRmsNormGradient",
                "attend");
        assertEquals(12, names(found, Finding.Outcome.CLOSE).size(), found.toText());
    }

    @Test
    void everyKernelHasABoundOfItsOwnAndOthersHaveNone() {
        for (String kernel : Qualification.kernels()) {
            assertTrue(Qualification.mostUlps(kernel) >= 1 && Qualification.mostUlps(kernel) < 512, kernel);
        }
        assertThrows(IllegalStateException.class, () -> Bound.of("unheard"));
    }

    @Test
    void whatWasBuiltWithLooserMathematicsIsKnownUnderAnotherKey() {
        var loose = new Sources(Sources.ofBuild().texts(), " -cl-fast-relaxed-math");
        var found = found(loose, "sum", "softCap");
        assertNotEquals(Qualification.keyOf(device()), found.key());
        assertEquals(Optional.empty(), Qualification.parse(found.toText(), device()));
    }

    @Test
    void whatIsKeptIsForgottenWhenDriverVersionDeviceOrKernelsChange() {
        Device device = device();
        String hash = Sources.ofBuild().hash();
        String now = Qualification.keyOf(device);
        assertEquals(now, Qualification.key(device.platform(), device.name(), device.driver(), device.version(), hash,
                Trials.VERSION));
        List<Finding> equal = Qualification.kernels().stream()
                .map(each -> new Finding(each, Finding.Outcome.EQUAL, 0, ""))
                .toList();
        for (String other : List.of(
                Qualification.key("another", device.name(), device.driver(), device.version(), hash, Trials.VERSION),
                Qualification.key(device.platform(), "another", device.driver(), device.version(), hash,
                        Trials.VERSION),
                Qualification.key(device.platform(), device.name(), device.driver() + ".1", device.version(), hash,
                        Trials.VERSION),
                Qualification.key(device.platform(), device.name(), device.driver(), "OpenCL 9", hash, Trials.VERSION),
                Qualification.keyOf(device, changed("elements", "fma(factor,", "fma( factor,")),
                Qualification.key(device.platform(), device.name(), device.driver(), device.version(), hash,
                        Trials.VERSION + 1))) {
            var kept = new Qualification(other, equal, 1, 1, Tuned.untuned(device));
            assertEquals(Optional.empty(), Qualification.parse(kept.toText(), device), other);
        }
        var kept = new Qualification(now, equal, 1, 1, Tuned.untuned(device));
        assertEquals(Optional.of(kept), Qualification.parse(kept.toText(), device));
    }
}
