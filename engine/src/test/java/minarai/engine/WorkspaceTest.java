package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WorkspaceTest {

    /// A step with every kind of scratch: losses, gradients, and gradients that nobody wants.
    private static void step(Kernels kernels, Workspace workspace, int tokens, Parameter embedding, Parameter weight) {
        var tape = Tape.recording(workspace.reset());
        var ops = new Ops(kernels, workspace, tape);
        int[] ids = new int[tokens];
        Tensor frozen = ops.embed(ids, Parameter.frozen("frozen", embedding.value()));
        Tensor x = ops.rmsNorm(ops.linear(ops.embed(ids, embedding), weight), Parameter.frozen("gain",
                Tensor.zeros(1, 8)), 1e-5f);
        Span[] spans = {Span.sequence(0, tokens)};
        x = ops.gatedUnit(ops.attend(x, frozen, frozen, spans, new Heads(2, 2, 4, Heads.UNLIMITED)), frozen);
        ops.crossEntropy(ops.linear(ops.select(x, new int[] {0, tokens - 1}), embedding), new int[] {1, 2}, .5f);
        tape.backward();
    }

    private static Kernels rehearsing(Workspace workspace) {
        return new RehearsalKernels(new ReferenceKernels(), workspace);
    }

    private static Parameter parameter(int rows) {
        Tensor value = Tensor.zeros(rows, 8);
        new Philox(1, rows).fillNormal(0, 1, value);
        return Parameter.trained("p" + rows, value);
    }

    @Test
    void aPlannedWorkspaceIsExactlyAsLargeAsTheRehearsalFound() {
        var rehearsal = Workspace.rehearsal();
        step(rehearsing(rehearsal), rehearsal, 9, parameter(11), parameter(8));
        var planned = Workspace.planned(rehearsal);
        assertEquals(rehearsal.bytes(), planned.bytes());
        for (int i = 0; i < 3; i++) {
            step(new ReferenceKernels(), planned, 9, parameter(11), parameter(8));
            assertEquals(rehearsal.bytes(), planned.bytes());
        }
        var refused = assertThrows(IllegalStateException.class, () ->
                planned.tensor(1, (int) (rehearsal.bytes() / Float.BYTES)));
        assertEquals("the step needs more than the " + rehearsal.bytes() + " bytes planned for it",
                refused.getMessage());
        assertThrows(IllegalStateException.class, () ->
                step(new ReferenceKernels(), planned, 20, parameter(11), parameter(8)));
    }

    @Test
    void aRehearsalHoldsTheLargestOfItsSteps() {
        var largest = Workspace.rehearsal();
        step(rehearsing(largest), largest, 30, parameter(11), parameter(8));
        var all = Workspace.rehearsal();
        for (int tokens : new int[] {4, 30, 12}) {
            step(rehearsing(all), all, tokens, parameter(11), parameter(8));
        }
        assertEquals(largest.bytes(), all.bytes());
    }

    @Test
    void aStepInAPlannedWorkspaceHasTheBitsOfOneThatGrows() {
        var rehearsal = Workspace.rehearsal();
        step(rehearsing(rehearsal), rehearsal, 9, parameter(11), parameter(8));
        var first = parameter(11);
        step(new ReferenceKernels(), Workspace.growing(), 9, first, parameter(8));
        var second = parameter(11);
        var planned = Workspace.planned(rehearsal);
        planned.tensor(2, 16).fill(Float.NaN);
        step(new ReferenceKernels(), planned, 9, second, parameter(8));
        assertArrayEquals(first.gradient().orElseThrow().toArray(), second.gradient().orElseThrow().toArray());
    }

    /// What is larger than a block has one of its own, which must not draw smaller tensors elsewhere than before.
    @Test
    void aPlanWithTensorsLargerThanABlockPlacesThemAsTheRehearsalDid() {
        var small = new Pieces(1000);
        var rehearsal = Workspace.rehearsal(small);
        order(rehearsal);
        order(rehearsal);
        var planned = Workspace.planned(rehearsal, new Pieces(5000));
        order(planned);
        order(planned.reset());
        assertEquals(rehearsal.bytes(), planned.bytes());
    }

    private static void order(Workspace workspace) {
        workspace.tensor(1, 900);
        Tensor second = workspace.tensor(1, 900);
        workspace.tensor(1, 500);
        workspace.release(second);
        workspace.tensor(1, 3000);
        workspace.tensor(1, 900);
        workspace.reset();
    }

    @Test
    void aPlanForAMemoryOfSmallPiecesHasNoLargerOnes() {
        var pieces = new Pieces(1000);
        var rehearsal = Workspace.rehearsal(pieces);
        for (int i = 0; i < 20; i++) {
            rehearsal.tensor(1, 400);
        }
        var planned = Workspace.planned(rehearsal, pieces);
        for (int i = 0; i < 20; i++) {
            planned.tensor(1, 400);
        }
        assertEquals(rehearsal.bytes(), planned.bytes());
    }

    /// The heap, in pieces of so many numbers at the most.
    private record Pieces(int largestBlock) implements Memory {

        @Override
        public float[] block(int size) {
            assertTrue(size <= largestBlock, size + " numbers in one piece");
            return new float[size];
        }

        @Override
        public void release(float[] block) {
        }

        @Override
        public Lease lease() {
            return () -> { };
        }

        @Override
        public void fill(float value, Tensor target) {
            Memory.heap().fill(value, target);
        }

        @Override
        public void copy(Tensor x, Tensor target) {
            Memory.heap().copy(x, target);
        }

        @Override
        public void upload(Matrix x) {
        }

        @Override
        public Tensor download(Tensor x) {
            return x;
        }

        @Override
        public long capacity() {
            return Long.MAX_VALUE;
        }
    }

    @Test
    void aRehearsalTakesNoMemory() {
        var rehearsal = Workspace.rehearsal();
        Tensor huge = rehearsal.tensor(1 << 15, 1 << 15);
        rehearsal.zeros(1 << 15, 1 << 15);
        assertEquals(0, huge.data().length);
        assertTrue(rehearsal.bytes() >= 8L << 30 && rehearsal.bytes() < (8L << 30) + 1024);
    }

    @Test
    void tensorsDoNotOverlapAndKeepTheirNumbersWhileTheWorkspaceGrows() {
        var workspace = Workspace.growing();
        var tensors = new Tensor[200];
        for (int i = 0; i < tensors.length; i++) {
            tensors[i] = workspace.zeros(1 + i % 7, 1 + i % 13);
            tensors[i].fill(i);
        }
        for (int i = 0; i < tensors.length; i++) {
            for (float each : tensors[i].toArray()) {
                assertEquals(i, each);
            }
        }
    }

    @Test
    void resettingHandsTheSameMemoryOutAgain() {
        var workspace = Workspace.growing();
        workspace.tensor(10, 100);
        long bytes = workspace.bytes();
        workspace.reset();
        Tensor first = workspace.tensor(10, 100);
        first.fill(3);
        assertSame(workspace, workspace.reset());
        Tensor second = workspace.tensor(10, 100);
        assertNotSame(first, second);
        assertSame(first.data(), second.data());
        assertEquals(first.offset(), second.offset());
        assertEquals(3, second.at(9, 99));
        assertEquals(0, workspace.reset().zeros(10, 100).at(9, 99));
        assertEquals(bytes, workspace.bytes());
    }

    @Test
    void tensorsStartAtWholeCacheLinesBehindTheArraysHeader() {
        var workspace = Workspace.growing();
        for (int i = 1; i < 50; i++) {
            assertEquals(0, (16 + 4 * workspace.tensor(1, i).offset()) % 64);
        }
    }

    @Test
    void anEmptyTensorTakesNothing() {
        var workspace = Workspace.growing();
        assertEquals(0, workspace.tensor(0, 5).size());
        assertEquals(0, workspace.zeros(5, 0).size());
        assertEquals(workspace.tensor(0, 1).offset(), workspace.tensor(1, 1).offset());
    }
}
