package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorTest {

    private static final int MOST = Integer.MAX_VALUE;

    @Test
    void aTensorIsAWindowOnItsArray() {
        float[] data = {9, 1, 2, 3, 4, 5, 6, 9};
        Tensor x = Tensor.over(data, 1, 2, 3);
        assertEquals(6, x.at(1, 2));
        x.set(0, 1, -2);
        assertEquals(-2, data[2]);
        assertSame(data, x.data());
        assertArrayEquals(new float[] {1, -2, 3, 4, 5, 6}, x.toArray());
        x.fill(7);
        assertArrayEquals(new float[] {9, 7, 7, 7, 7, 7, 7, 9}, data);
        assertEquals("2 x 3", x.toString());
    }

    @Test
    void aSliceSharesItsRows() {
        Tensor x = Tensor.of(3, 2, 0, 1, 2, 3, 4, 5);
        Tensor rows = x.slice(1, 2).slice(1, 1);
        assertArrayEquals(new float[] {4, 5}, rows.toArray());
        rows.set(0, 0, 8);
        assertEquals(8, x.at(2, 0));
        assertEquals(0, x.slice(3, 0).size());
    }

    @ParameterizedTest
    @CsvSource({"-1, 2, 2", "0, -1, 2", "0, 2, -1", "0, -1, -1", "0, 3, 3", "5, 2, 2", "8, 0, 1000", "1, 65536, 65536",
        "2147483647, 1, 1"})
    void aStretchOutsideTheArrayIsRefused(int offset, int rows, int columns) {
        if (rows * (long) columns > 0 || rows < 0 || columns < 0) {
            assertThrows(IllegalArgumentException.class, () -> Tensor.over(new float[8], offset, rows, columns));
        } else {
            assertEquals(0, Tensor.over(new float[8], offset, rows, columns).size());
        }
    }

    @ParameterizedTest
    @CsvSource({"-1, 2", "2, -1", "-2, -3", "-2147483648, 0"})
    void negativeShapesAreRefused(int rows, int columns) {
        assertThrows(IllegalArgumentException.class, () -> Tensor.zeros(rows, columns));
        assertThrows(IllegalArgumentException.class, () -> Tensor.of(rows, columns, new float[6]));
        assertThrows(IllegalArgumentException.class, () -> Workspace.growing().tensor(rows, columns));
        assertThrows(IllegalArgumentException.class, () -> Workspace.rehearsal().tensor(rows, columns));
    }

    @Test
    void aShapeThatOverflowsIsRefused() {
        assertThrows(ArithmeticException.class, () -> Tensor.zeros(65_536, 65_536));
        assertThrows(IllegalArgumentException.class, () -> Tensor.of(65_536, 65_536));
        assertThrows(IllegalArgumentException.class, () -> Tensor.of(1 << 16, 1 << 17));
    }

    @ParameterizedTest
    @CsvSource({"-1, 1", "0, -1", "0, 4", "3, 1", "1, 2147483647", "2147483647, 2147483647", "2147483647, 1"})
    void aSliceOutsideTheRowsIsRefused(int first, int count) {
        Tensor x = Tensor.zeros(3, 2);
        assertThrows(IllegalArgumentException.class, () -> x.slice(first, count));
    }

    @Test
    void headsAndSpansThatCannotBeAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Heads(3, 2, 4, Heads.UNLIMITED));
        assertThrows(IllegalArgumentException.class, () -> new Heads(2, 0, 4, Heads.UNLIMITED));
        assertThrows(IllegalArgumentException.class, () -> new Heads(2, 2, 0, Heads.UNLIMITED));
        assertThrows(IllegalArgumentException.class, () -> new Heads(2, 2, 4, 0));
        assertThrows(IllegalArgumentException.class, () -> new Span(0, 0, 0, 3));
        assertThrows(IllegalArgumentException.class, () -> new Span(0, 3, 0, 2));
        assertThrows(IllegalArgumentException.class, () -> new Span(-1, 1, 0, 1));
        assertThrows(IllegalArgumentException.class, () -> new Span(0, 1, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Span(3, 2, 3, 5, 0, 5));
        assertThrows(IllegalArgumentException.class, () -> new Span(3, 2, 3, 5, 0, -1));
        assertThrows(IllegalArgumentException.class, () -> new Span(3, 2, 3, 5, -1, 3));
        assertThrows(IllegalArgumentException.class, () -> new Span(3, 2, 3, 5, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> new Span(3, 2, 3, 5, 1, 3));
        assertThrows(IllegalArgumentException.class, () -> new Span(3, 2, 3, 5, 4, 3));
        assertEquals(2, new Span(3, 2, 3, 5, 0, 3).own());
        assertThrows(IllegalArgumentException.class, () -> new Span(0, 2, 0, 2, 0, MOST));
    }

    @Test
    void operationsRefuseWhatDoesNotFitAndSayWhy() {
        var ops = new Ops(new ReferenceKernels(), Workspace.growing(), Tape.off());
        Tensor x = Tensor.zeros(3, 8);
        var turns = Rotation.of(5, Rotation.frequencies(4, 100));
        var heads = new Heads(2, 1, 4, Heads.UNLIMITED);
        Tensor k = Tensor.zeros(3, 4);
        var weight = Parameter.frozen("w", Tensor.zeros(5, 7));
        refused("linear w: input is 3 x 8 but the weight is 5 x 7", () -> ops.linear(x, weight));
        refused("addBias w: ", () -> ops.addBias(x, weight));
        refused("rmsNorm w: ", () -> ops.rmsNorm(x, weight, 1e-5f));
        refused("embed w: token id 5 ", () -> ops.embed(new int[] {4, 5}, weight));
        refused("embed w: token id -1 ", () -> ops.embed(new int[] {-1}, weight));
        refused("add: 3 x 8 and 3 x 4", () -> ops.add(x, k));
        refused("gatedUnit: 3 x 8 and 3 x 4", () -> ops.gatedUnit(x, k));
        refused("rotate: ", () -> ops.rotate(x, turns, new int[] {0, 1}));
        refused("rotate: ", () -> ops.rotate(Tensor.zeros(1, 6), turns, new int[1]));
        refused("rotate: position 5 ", () -> ops.rotate(x, turns, new int[] {0, 1, 5}));
        refused("attend: ", () -> ops.attend(x, x, x, new Span[] {Span.sequence(0, 3)}, heads));
        refused("attend: ", () -> ops.attend(x, k, k, new Span[] {Span.sequence(1, 3)}, heads));
        refused("attend: ", () -> ops.attend(x, k, k, new Span[] {new Span(MOST, 1, 0, 3)}, heads));
        refused("attend: ", () -> ops.attend(x, k, k, new Span[] {new Span(0, 1, 1, MOST)}, heads));
        refused("attend: ", () -> ops.attend(x, k, k, new Span[] {new Span(0, 1, 0, 3, 2, 2)}, heads));
        refused("attend: ", () -> ops.attend(x, k, k, new Span[] {new Span(0, 1, 0, MOST, 3, MOST - 1)}, heads));
        refused("attend: ", () -> ops.attend(x, k, k, new Span[] {Span.sequence(1, 2), Span.sequence(0, 1)}, heads));
        refused("attend: ", () -> ops.attend(x, k, k, new Span[] {Span.sequence(0, 2), Span.sequence(1, 1)}, heads));
        refused("cross-entropy: 2 labels for 3 rows", () -> ops.crossEntropy(x, new int[2], 1));
        refused("cross-entropy: label 8 ", () -> ops.crossEntropy(x, new int[] {0, 8, 0}, 1));
        refused("select: row 3 ", () -> ops.select(x, new int[] {0, 3}));
        refused("select: row -1 ", () -> ops.select(x, new int[] {-1}));
        refused("store: row 3 ", () -> ops.store(x, new int[] {0, 1, 3}, Tensor.zeros(3, 8)));
        refused("store: ", () -> ops.store(x, new int[] {0, 1}, Tensor.zeros(3, 8)));
        refused("store: ", () -> ops.store(x, new int[] {0, 1, 2}, Tensor.zeros(4, 4)));
    }

    private static void refused(String beginning, org.junit.jupiter.api.function.Executable operation) {
        String message = assertThrows(IllegalArgumentException.class, operation).getMessage();
        assertEquals(beginning, message.substring(0, Math.min(beginning.length(), message.length())), message);
    }

    @Test
    void aPackedVectorIsRefusedByName() {
        var gain = Parameter.frozen("gain", Panels.pack(Tensor.zeros(1, 8), 32));
        assertEquals("gain is packed; only products and row look-ups read it",
                assertThrows(IllegalStateException.class, gain::tensor).getMessage());
    }
}
