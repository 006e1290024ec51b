package minarai.lab.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import minarai.engine.Blocking;
import minarai.engine.ReferenceKernels;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The weights that a run ends in are the same bits however it is computed: by one, two or three threads, packed or
/// sample by sample, with activations kept or computed again, by plain loops; and, since the build runs the tests
/// tagged `everywhere` again, with narrower vectors and by a compiler that knows no vectors.
class SameBitsTest {

    private static final Blocking OTHER_BLOCKS = new Blocking(64, 8, 3, 4096, 5, 0);
    private static final Workers ONE = new Workers(1);
    private static final Workers TWO = new Workers(2);
    private static final Workers THREE = new Workers(3);

    @TempDir
    private static Path home;

    @AfterAll
    static void close() {
        List.of(ONE, TWO, THREE).forEach(Workers::close);
    }

    private static void assertHash(Run run, Way way) {
        assertEquals(run.hash, run.hashOf(way, home), run + ": " + way);
    }

    @ParameterizedTest
    @EnumSource(names = "SMALL_.*", mode = EnumSource.Mode.MATCH_NONE)
    @Tag("everywhere")
    void twoThreads(Run run) {
        assertHash(run, Way.of(new SimdKernels(TWO)));
    }

    @ParameterizedTest
    @EnumSource(names = "SMALL_.*", mode = EnumSource.Mode.MATCH_ALL)
    @Tag("smallest")
    @Tag("everywhere")
    void twoThreadsOnASmallModel(Run run) {
        assertHash(run, Way.of(new SimdKernels(TWO)));
    }

    /// Here activations are computed again too, in planned memory.
    @ParameterizedTest
    @EnumSource
    void oneThreadAndSampleBySampleComputedAgain(Run run) {
        assertHash(run, Way.of(new SimdKernels(ONE)).dealt(1).recomputing().planned());
    }

    /// Here weights of 16 bits are expanded before, too, and products are cut into other pieces.
    @ParameterizedTest
    @EnumSource
    void threeThreadsAndThreeSamplesABatchExpandedInOtherBlocks(Run run) {
        assertHash(run, Way.of(new SimdKernels(THREE, OTHER_BLOCKS)).dealt(3).expanded());
    }

    /// Losses only: gradients of a shared beginning are summed in another order.
    @ParameterizedTest
    @EnumSource(names = ".*_LORA", mode = EnumSource.Mode.MATCH_ALL)
    void aSharedBeginning(Run run) {
        var way = Way.of(new SimdKernels(TWO));
        assertEquals(run.lossOf(way, home, false), run.lossOf(way, home, true));
    }

    @ParameterizedTest
    @MethodSource("inPlainLoops")
    void plainLoops(Run run, String hash) {
        assertEquals(run.hash, hash, run + " by the reference");
    }

    /// Side by side, for plain loops have one thread and take their time.
    static Stream<Arguments> inPlainLoops() {
        var way = Way.of(new ReferenceKernels()).expanded();
        return Stream.of(Run.values()).parallel().map(run -> Arguments.of(run, run.hashOf(way, home))).toList()
                .stream();
    }

    /// A run that is meant to have narrower vectors, or no compiler for them, has.
    @Test
    @Tag("everywhere")
    @Tag("smallest")
    void theMachineIsTheOneThatThisRunIsMeantToHave() {
        int most = Integer.getInteger("minarai.vectorBytes", 64);
        assertTrue(SimdKernels.vectorBits() <= 8 * most, SimdKernels.vectorBits() + " bits, at most " + 8 * most);
        var machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        assertEquals(System.getProperty("minarai.tiers", "4"), machine.getVMOption("TieredStopAtLevel").getValue());
        System.out.printf("vectors of %d bits, compilers up to level %s%n", SimdKernels.vectorBits(),
                machine.getVMOption("TieredStopAtLevel").getValue());
    }
}
