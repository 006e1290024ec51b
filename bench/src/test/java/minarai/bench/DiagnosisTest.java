package minarai.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class DiagnosisTest {

    private static Diagnosis of(int cores, int bits, double peakOfAll, long hugeBytes, double stolen) {
        var machine = new Machine(Optional.empty(), cores, bits, "Linux 6", "25", 1L << 34, 1L << 33,
                Optional.of("never"));
        return new Diagnosis(machine, 100, peakOfAll, 30, 50, 128 << 20, OptionalLong.of(hugeBytes),
                OptionalDouble.of(stolen));
    }

    @Test
    void aSoundMachineLosesNothing() {
        assertEquals(0, of(2, 512, 198, 128 << 20, 0).losses().size());
    }

    @Test
    void eachLossIsNamed() {
        assertTrue(of(2, 512, 198, 0, 0).losses().getFirst().contains("transparent_hugepage"));
        assertTrue(of(2, 128, 198, 128 << 20, 0).losses().getFirst().contains("128 bits"));
        assertTrue(of(1, 512, 100, 128 << 20, 0).losses().getFirst().startsWith("One core"));
        assertTrue(of(2, 512, 120, 128 << 20, 0).losses().getFirst().contains("1.2 times"));
        assertTrue(of(2, 512, 198, 128 << 20, 0.3).losses().getFirst().contains("30 %"));
    }

    @Test
    void anotherOperatingSystemHasNothingToSayOfHugePages() {
        var machine = new Machine(Optional.empty(), 4, 128, "Mac OS X 15", "25", 1L << 34, 1L << 33, Optional.empty());
        var diagnosis = new Diagnosis(machine, 100, 390, 60, 60, 128 << 20, OptionalLong.empty(),
                OptionalDouble.empty());
        assertTrue(diagnosis.hasHugePages() && diagnosis.losses().size() == 1, diagnosis.losses().toString());
    }

    @Test
    void stolenTimeIsAShareOfAllTime() {
        var earlier = new Machine.ProcessorTime(50, 300, 200, 1000);
        assertEquals(0.25, new Machine.ProcessorTime(150, 300, 200, 1400).stolenSince(earlier));
        // Of 400 ticks 100 were idle and 240 our own.
        assertEquals(0.15, new Machine.ProcessorTime(50, 400, 440, 1400).takenByOthersSince(earlier));
    }
}
