package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PanelsTest {

    private static Tensor numbered(int rows, int columns) {
        float[] data = new float[rows * columns + 3];
        for (int i = 0; i < data.length; i++) {
            data[i] = i - 2;
        }
        return Tensor.over(data, 3, rows, columns);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 1, 8", "8, 3, 8", "9, 3, 8", "31, 7, 16", "33, 70, 32", "0, 5, 8", "5, 0, 8"})
    void packingLosesNothing(int rows, int columns, int width) {
        Tensor matrix = numbered(rows, columns);
        Panels panels = Panels.pack(matrix, width);
        assertEquals(width, panels.width());
        assertArrayEquals(matrix.toArray(), panels.unpack().toArray());
        float[] row = new float[columns + 2];
        for (int r = 0; r < rows; r++) {
            panels.copyRow(r, row, 1);
            for (int c = 0; c < columns; c++) {
                assertEquals(matrix.at(r, c), panels.at(r, c));
                assertEquals(matrix.at(r, c), row[1 + c]);
            }
        }
        assertEquals(0, row[0]);
        assertEquals(0, row[columns + 1]);
    }

    @Test
    void elementsLieWhereTheDocumentationSaysAndTheRestIsZero() {
        FloatPanels panels = Panels.pack(Tensor.of(3, 2, 1, 2, 3, 4, 5, 6), 2);
        assertArrayEquals(new float[] {1, 3, 2, 4, 5, 0, 6, 0},
                Arrays.copyOfRange(panels.data(), panels.start(0), panels.data().length));
    }

    @ParameterizedTest
    @CsvSource({"-1, 5, 8", "5, -1, 8", "-5, -3, 4", "5, 5, 0", "5, 5, -8", "0, -1, 1"})
    void hostileShapesAreRefused(int rows, int columns, int width) {
        assertThrows(IllegalArgumentException.class, () -> Panels.allocate(rows, columns, width, Storage.F32));
    }

    @Test
    void aShapeThatOverflowsIsRefused() {
        assertThrows(ArithmeticException.class, () -> Panels.allocate(65_536, 65_536, 32, Storage.F32));
        assertThrows(ArithmeticException.class, () -> Panels.allocate(Integer.MAX_VALUE, 1, 32, Storage.F32));
    }

    @Test
    void aRowThatTheMatrixDoesNotHaveIsRefused() {
        FloatPanels panels = FloatPanels.allocate(3, 2, 8);
        for (int row : new int[] {-1, 3, 7, 8}) {
            assertThrows(IndexOutOfBoundsException.class, () -> panels.setRow(row, new float[2], 0));
            assertThrows(IndexOutOfBoundsException.class, () -> panels.copyRow(row, new float[2], 0));
        }
        assertArrayEquals(new float[panels.data().length], panels.data());
    }

    @ParameterizedTest
    @CsvSource({"F32, -1, 1", "F32, 63, 2", "BF16, 64, 1", "BF16, 0, -1", "Q8_0, 32, 64", "Q8_0, 16, 32",
            "Q4_0, 0, 31"})
    void columnsThatTheMatrixDoesNotHaveOrThatCutABlockAreRefused(Storage storage, int first, int count) {
        Panels panels = Panels.allocate(3, 64, 8, storage);
        assertThrows(IndexOutOfBoundsException.class, () -> panels.setPart(1, first, count, new float[64], 0));
        assertArrayEquals(new float[3 * 64], panels.unpack().toArray());
    }

    @ParameterizedTest
    @CsvSource({"BF16, 0.004", "Q8_0, 0.005", "Q4_0, 0.126"})
    void aStoredNumberIsCloseToTheOneItWasMadeOf(Storage storage, float error) {
        Tensor matrix = Tensor.zeros(37, 64);
        new Philox(3, 4).fillUniform(0, 1, matrix);
        Panels panels = Panels.pack(matrix, 8, storage);
        assertEquals(storage, panels.storage());
        float[] row = new float[64];
        for (int r = 0; r < 37; r++) {
            panels.copyRow(r, row, 0);
            for (int c = 0; c < 64; c++) {
                assertEquals(matrix.at(r, c), panels.at(r, c), error);
                assertEquals(panels.at(r, c), row[c]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16, 1024", "Q8_0, 544", "Q4_0, 288"})
    void storagesTakeAsMuchAsTheirDefinitionSays(Storage storage, long bytes) {
        assertEquals(bytes, Panels.allocate(16, 32, 16, storage).bytes());
    }

    /// The block of `ggml-quants.c`: scale 127/127 in Q8_0; in Q4_0 the greatest magnitude becomes -8.
    @Test
    void quantizedNumbersAreThoseOfTheFormat() {
        float[] block = new float[32];
        for (int i = 0; i < 32; i++) {
            block[i] = i - 15.5f;
        }
        block[0] = 127;
        Panels eight = Panels.pack(Tensor.of(1, 32, block), 2, Storage.Q8_0);
        assertEquals(127, eight.at(0, 0));
        assertEquals(-15, eight.at(0, 1));
        assertEquals(16, eight.at(0, 31));
        block[0] = 16;
        Panels four = Panels.pack(Tensor.of(1, 32, block), 2, Storage.Q4_0);
        assertEquals(16, four.at(0, 0));
        assertEquals(-14, four.at(0, 1));
        assertEquals(0, four.at(0, 15));
    }

    @Test
    void rowsThatDoNotDivideIntoBlocksStayAsTheyAre() {
        assertEquals(Storage.F32, Panels.pack(numbered(3, 33), 8, Storage.Q8_0).storage());
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "1e9"})
    void whatAScaleCannotHoldIsRefused(float value) {
        float[] row = new float[32];
        row[7] = value;
        assertThrows(IllegalArgumentException.class, () -> Panels.pack(Tensor.of(1, 32, row), 8, Storage.Q8_0));
        assertThrows(IllegalArgumentException.class, () -> Panels.pack(Tensor.of(1, 32, row), 8, Storage.Q4_0));
    }

    @Test
    void kernelsRefusePanelsOfAnotherWidth() {
        try (var workers = new Workers(1)) {
            var kernels = new SimdKernels(workers);
            Panels panels = Panels.pack(numbered(5, 4), kernels.panelWidth() / 2);
            Tensor x = Tensor.zeros(2, 4);
            Tensor y = Tensor.zeros(2, 5);
            assertThrows(IllegalStateException.class, () -> kernels.multiplyTransposed(x, panels, y));
            assertThrows(IllegalStateException.class, () -> kernels.addProduct(y, panels, x));
        }
    }
}
