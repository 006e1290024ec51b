package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.engine.opencl.Devices;
import minarai.engine.opencl.OpenClKernels;
import minarai.engine.opencl.Tile;
import minarai.engine.opencl.Tuned;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The kernels of the first OpenCL device give the bits of the reference, at every third of the awkward sizes at which
/// the CPU's test has each of them, and at all where `minarai.opencl.long` is set: a driver that computes on the CPU
/// takes its time.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenClEqualsReferenceTest {

    private static final ReferenceKernels REFERENCE = new ReferenceKernels();

    private final Workers workers = new Workers(1);
    private List<OpenClKernels> opened = List.of();

    @BeforeAll
    void open() {
        Devices devices = Devices.here();
        assumeFalse(devices.all().isEmpty(), () -> "no OpenCL here: " + devices.absence());
        opened = List.of(OpenClKernels.on(devices.all().getFirst(), workers));
        // One tile for all products, because each is built anew; that no tile changes a bit is tested elsewhere.
        var tiles = new EnumMap<Tile.Shape, Tile>(Tile.Shape.class);
        List.of(Tile.Shape.values()).forEach(shape -> tiles.put(shape, new Tile(16, 32, 16, 4, 4)));
        opened.getFirst().use(new Tuned(tiles));
    }

    @AfterAll
    void close() {
        opened.forEach(OpenClKernels::close);
        workers.close();
    }

    static List<SimdEqualsReferenceTest.Case> cases() {
        boolean isLong = Boolean.getBoolean("minarai.opencl.long");
        return byKernel().values().stream().flatMap(cases -> IntStream.range(0, cases.size())
                .filter(i -> isLong || i % 3 == 0).mapToObj(cases::get)).toList();
    }

    /// Every case of the CPU's test, by the words that its name begins with.
    private static Map<String, List<SimdEqualsReferenceTest.Case>> byKernel() {
        return SimdEqualsReferenceTest.cases().stream().collect(Collectors.groupingBy(OpenClEqualsReferenceTest::kernel,
                LinkedHashMap::new, Collectors.toList()));
    }

    private static String kernel(SimdEqualsReferenceTest.Case each) {
        return each.name().split(" (?=[^a-z])", 2)[0];
    }

    @Test
    void everyKernelIsAmongTheCases() {
        var chosen = cases().stream().map(OpenClEqualsReferenceTest::kernel).collect(Collectors.toSet());
        assertEquals(byKernel().keySet(), chosen);
        var missing = SimdEqualsReferenceTest.operations();
        missing.removeAll(SimdEqualsReferenceTest.operations(cases()));
        assertEquals(Set.of(), missing);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aDeviceGivesTheBitsOfTheReference(SimdEqualsReferenceTest.Case each) {
        List<Tensor> expected = each.run().apply(REFERENCE);
        OpenClKernels kernels = opened.getFirst();
        List<Tensor> actual = each.run().apply(kernels);
        for (int i = 0; i < expected.size(); i++) {
            SimdEqualsReferenceTest.assertSameBits(expected.get(i), kernels.memory().download(actual.get(i)),
                    each.name() + ", output " + i + ", " + kernels.device());
        }
    }
}
