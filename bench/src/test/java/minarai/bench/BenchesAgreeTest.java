package minarai.bench;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import minarai.engine.ReferenceKernels;
import minarai.engine.Tensor;
import org.junit.jupiter.api.Test;

/// A bench that timed other results than the reference's would say nothing.
class BenchesAgreeTest {

    @Test
    void everyBenchAgreesWithTheReferenceBeforeItIsTimed() {
        var norm = new NormBench();
        norm.prepare();
        norm.close();
        var loss = new LossBench();
        loss.prepare();
        loss.close();
        var optimizer = new AdamWBench();
        optimizer.threads = 2;
        optimizer.prepare();
        optimizer.close();
        var elements = new ElementBench();
        elements.prepare();
        elements.close();
        var attention = new AttentionBench();
        attention.prepare();
        attention.close();
    }

    @Test
    void aDifferenceStopsTheBench() {
        var failure = assertThrows(IllegalStateException.class, () -> Agreement.require("odd", new ReferenceKernels(),
                each -> List.of(Tensor.of(1, 1, System.identityHashCode(each)))));
        assertTrue(failure.getMessage().startsWith("odd: output 0"), failure.getMessage());
    }
}
