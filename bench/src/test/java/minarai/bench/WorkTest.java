package minarai.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import minarai.lab.shape.PublishedShape;
import org.junit.jupiter.api.Test;

class WorkTest {

    private static final Work QWEN = Work.of(PublishedShape.QWEN2_5_0_5B.config(), 8);

    /// 494 million parameters without the norms and biases, which multiply nothing.
    @Test
    void theNumbersAreThoseOfTheModelCard() {
        assertEquals(494e6, QWEN.layerNumbers() + QWEN.headNumbers(), 0.1e6);
        assertEquals(358e6, QWEN.layerNumbers(), 0.3e6);
    }

    /// The figures that the comparison with other trainers is made with: 1.05 TFLOP for LoRA of rank 8 on 1 x 512
    /// tokens of Qwen2.5-0.5B, 192 GFLOP for a step of GPT-2 124M on 4 x 64.
    @Test
    void stepsHaveThePublishedOperations() {
        assertEquals(1.05e12, QWEN.adapterStep(new int[] {512}, 512), 0.01 * 1.05e12);
        var gpt2 = Work.of(PublishedShape.GPT2_124M.config(), 0);
        assertEquals(new Work(12L * 12 * 768 * 768, 9L * 768 * 768, 50_257L * 768, 12 * 768, 0, 0, 768 * 768 * 3),
                gpt2);
        assertEquals(192e9, gpt2.fullStep(new int[] {64, 64, 64, 64}, 256), 0.01 * 192e9);
    }

    /// The head is 26.4 % of the work at this shape, and the last layer behind its attention 2.7 %, so half the labels
    /// save half of that.
    @Test
    void logitsAndTheEndOfTheLastLayerCountWhereThereIsALabel() {
        double all = QWEN.adapterStep(new int[] {512}, 512);
        double half = QWEN.adapterStep(new int[] {512}, 256);
        assertEquals((0.264 + 0.027) / 2, (all - half) / all, 0.001);
        assertEquals(896 * 896 + 3 * 896 * 4864, QWEN.topNumbers());
        assertEquals(8 * (2 * 896 + 3 * (896 + 4864)), QWEN.topAdapterNumbers());
    }

    @Test
    void attentionSeesItsOwnSequenceOnly() {
        var attentionOnly = new Work(0, 0, 0, 1, 0, 0, 0);
        assertEquals(4 * 3, attentionOnly.forward(new int[] {2}, 0));
        assertEquals(4 * 3 * 2, attentionOnly.forward(new int[] {2, 2}, 0));
        assertEquals(4 * 10, attentionOnly.forward(new int[] {4}, 0));
    }

    @Test
    void aStepOnAllWeightsIsThreePasses() {
        int[] lengths = new int[5];
        Arrays.fill(lengths, 7);
        assertEquals(3 * QWEN.forward(lengths, 30), QWEN.fullStep(lengths, 30));
    }
}
