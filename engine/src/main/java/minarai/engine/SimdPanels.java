package minarai.engine;

import static minarai.engine.VectorFunctions.INTS;
import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Reads [Panels] of every storage: expands stretches to f32, and multiplies them with a single row, which is decoding.
///
/// A code is moved among the digits of a power of two, `base + code`, so that shift and mask make it a float; one fused
/// multiply-add with the scale then gives the weight exactly ([Codes#value]).
final class SimdPanels {

    private static final int WIDTH = SimdProducts.WIDTH;
    private static final int UPPER_HALF = 0xffff0000;
    /// Where a code of 8 bits stands among the digits of 256, and one of 4 bits among those of 16.
    private static final int DIGITS_8 = 0xff << 15;
    private static final int DIGITS_4 = 0xf << 19;
    private static final int BASE_8 = Float.floatToRawIntBits(Codes.BASE_8);
    private static final int BASE_4 = Float.floatToRawIntBits(Codes.BASE_4);
    private static final float SHIFT_8 = -(Codes.BASE_8 + Codes.OFFSET_8);
    private static final float SHIFT_4 = -(Codes.BASE_4 + Codes.OFFSET_4);
    /// What an f16 number's digits count too little when they are read as those of an f32 number.
    private static final float HALF_UNIT = 0x1p112f;

    private SimdPanels() {
    }

    /// Writes a panel for inputs `from` to `from + depth - 1`, [#WIDTH] weights for each, to `target[to]`.
    ///
    /// @param from  a multiple of 4
    /// @param depth a multiple of 4 where the storage has blocks
    static void expand(CodedPanels panels, int panel, int from, int depth, float[] target, int to) {
        int inputs = CodedPanels.inputsPerWord(panels.storage());
        int at = (panel * (panels.columns() / inputs) + from / inputs) * LANES;
        switch (panels.storage()) {
            case BF16 -> expandHalves(panels.words(), at, depth, target, to);
            case Q8_0, Q4_0 -> {
                int block = panels.storage().block();
                for (int start = from; start < from + depth; start = (start / block + 1) * block) {
                    int count = Math.min((start / block + 1) * block, from + depth) - start;
                    int scale = (panel * (panels.columns() / block) + start / block) * LANES;
                    int word = at + (start - from) / inputs * LANES;
                    int out = to + (start - from) * WIDTH;
                    if (panels.storage() == Storage.Q8_0) {
                        expandBytes(panels.words(), word, panels.scales(), scale, count, target, out);
                    } else {
                        expandNibbles(panels.words(), word, panels.scales(), scale, count, target, out);
                    }
                }
            }
            case F32 -> throw new IllegalStateException("f32 has no codes");
        }
    }

    private static void expandHalves(int[] words, int at, int depth, float[] target, int to) {
        for (int i = 0; i < depth; i++, at += LANES, to += WIDTH) {
            var w = IntVector.fromArray(INTS, words, at);
            w.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats().intoArray(target, to);
            w.and(UPPER_HALF).reinterpretAsFloats().intoArray(target, to + LANES);
        }
    }

    private static void expandBytes(int[] words, int at, int[] scales, int scale, int count, float[] target, int to) {
        var pair = IntVector.fromArray(INTS, scales, scale);
        var d0 = half(pair.lanewise(VectorOperators.LSHL, 16));
        var d1 = half(pair.and(UPPER_HALF));
        var m0 = d0.mul(SHIFT_8);
        var m1 = d1.mul(SHIFT_8);
        for (int i = 0; i < count; i += 2, at += LANES, to += 2 * WIDTH) {
            var w = IntVector.fromArray(INTS, words, at);
            w.lanewise(VectorOperators.LSHL, 15).and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d0, m0)
                    .intoArray(target, to);
            w.lanewise(VectorOperators.LSHL, 7).and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + LANES);
            w.lanewise(VectorOperators.LSHR, 1).and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d0, m0)
                    .intoArray(target, to + WIDTH);
            w.lanewise(VectorOperators.LSHR, 9).and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + WIDTH + LANES);
        }
    }

    private static void expandNibbles(int[] words, int at, int[] scales, int scale, int count, float[] target,
            int to) {
        var pair = IntVector.fromArray(INTS, scales, scale);
        var d0 = half(pair.lanewise(VectorOperators.LSHL, 16));
        var d1 = half(pair.and(UPPER_HALF));
        var m0 = d0.mul(SHIFT_4);
        var m1 = d1.mul(SHIFT_4);
        for (int i = 0; i < count; i += 4, at += LANES, to += 4 * WIDTH) {
            var w = IntVector.fromArray(INTS, words, at);
            w.lanewise(VectorOperators.LSHL, 19).and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0)
                    .intoArray(target, to);
            w.lanewise(VectorOperators.LSHL, 15).and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + LANES);
            w.lanewise(VectorOperators.LSHL, 11).and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0)
                    .intoArray(target, to + WIDTH);
            w.lanewise(VectorOperators.LSHL, 7).and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + WIDTH + LANES);
            w.lanewise(VectorOperators.LSHL, 3).and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0)
                    .intoArray(target, to + 2 * WIDTH);
            w.lanewise(VectorOperators.LSHR, 1).and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + 2 * WIDTH + LANES);
            w.lanewise(VectorOperators.LSHR, 5).and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0)
                    .intoArray(target, to + 3 * WIDTH);
            w.lanewise(VectorOperators.LSHR, 9).and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + 3 * WIDTH + LANES);
        }
    }

    /// The f16 numbers in the upper halves of the words as f32, exactly; none of them is infinite.
    private static FloatVector half(IntVector upper) {
        var digits = upper.and(0x7fff0000).lanewise(VectorOperators.LSHR, 3).reinterpretAsFloats().mul(HALF_UNIT);
        return digits.reinterpretAsInts().or(upper.and(Integer.MIN_VALUE)).reinterpretAsFloats();
    }

    /// `y[panel * WIDTH + j] = row · panel`, one chain for each over ascending inputs, from zero.
    ///
    /// @param x  the row, at `x[xi]`
    /// @param y  written at `y[yi]`, a whole panel wide
    static void multiplyRow(Panels panels, int panel, float[] x, int xi, float[] y, int yi) {
        int columns = panels.columns();
        switch (panels) {
            case FloatPanels floats -> {
                FloatVector.zero(SPECIES).intoArray(y, yi);
                FloatVector.zero(SPECIES).intoArray(y, yi + LANES);
                ProductTile.add(1, columns, x, xi, 1, floats.data(), floats.start(panel), WIDTH, y, yi, WIDTH);
            }
            case CodedPanels coded -> {
                int at = panel * (columns / CodedPanels.inputsPerWord(coded.storage())) * LANES;
                switch (coded.storage()) {
                    case BF16 -> multiplyHalves(coded.words(), at, columns, x, xi, y, yi);
                    case Q8_0 -> multiplyBytes(coded.words(), at, coded.scales(), panel * (columns / 32) * LANES,
                            columns, x, xi, y, yi);
                    case Q4_0 -> multiplyNibbles(coded.words(), at, coded.scales(), panel * (columns / 32) * LANES,
                            columns, x, xi, y, yi);
                    case F32 -> throw new IllegalStateException("f32 has no codes");
                }
            }
        }
    }

    private static void multiplyHalves(int[] words, int at, int columns, float[] x, int xi, float[] y, int yi) {
        var y0 = FloatVector.zero(SPECIES);
        var y1 = FloatVector.zero(SPECIES);
        for (int i = 0; i < columns; i++, at += LANES) {
            var w = IntVector.fromArray(INTS, words, at);
            var a = FloatVector.broadcast(SPECIES, x[xi + i]);
            y0 = a.fma(w.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), y0);
            y1 = a.fma(w.and(UPPER_HALF).reinterpretAsFloats(), y1);
        }
        y0.intoArray(y, yi);
        y1.intoArray(y, yi + LANES);
    }

    private static void multiplyBytes(int[] words, int at, int[] scales, int scale, int columns, float[] x, int xi,
            float[] y, int yi) {
        var y0 = FloatVector.zero(SPECIES);
        var y1 = FloatVector.zero(SPECIES);
        for (int block = 0; block < columns; block += 32, scale += LANES) {
            var pair = IntVector.fromArray(INTS, scales, scale);
            var d0 = half(pair.lanewise(VectorOperators.LSHL, 16));
            var d1 = half(pair.and(UPPER_HALF));
            var m0 = d0.mul(SHIFT_8);
            var m1 = d1.mul(SHIFT_8);
            for (int i = xi + block; i < xi + block + 32; i += 2, at += LANES) {
                var w = IntVector.fromArray(INTS, words, at);
                var a = FloatVector.broadcast(SPECIES, x[i]);
                var b = FloatVector.broadcast(SPECIES, x[i + 1]);
                y0 = a.fma(w.lanewise(VectorOperators.LSHL, 15).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                        .fma(d0, m0), y0);
                y1 = a.fma(w.lanewise(VectorOperators.LSHL, 7).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                        .fma(d1, m1), y1);
                y0 = b.fma(w.lanewise(VectorOperators.LSHR, 1).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                        .fma(d0, m0), y0);
                y1 = b.fma(w.lanewise(VectorOperators.LSHR, 9).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                        .fma(d1, m1), y1);
            }
        }
        y0.intoArray(y, yi);
        y1.intoArray(y, yi + LANES);
    }

    private static void multiplyNibbles(int[] words, int at, int[] scales, int scale, int columns, float[] x, int xi,
            float[] y, int yi) {
        var y0 = FloatVector.zero(SPECIES);
        var y1 = FloatVector.zero(SPECIES);
        for (int block = 0; block < columns; block += 32, scale += LANES) {
            var pair = IntVector.fromArray(INTS, scales, scale);
            var d0 = half(pair.lanewise(VectorOperators.LSHL, 16));
            var d1 = half(pair.and(UPPER_HALF));
            var m0 = d0.mul(SHIFT_4);
            var m1 = d1.mul(SHIFT_4);
            for (int i = xi + block; i < xi + block + 32; i += 4, at += LANES) {
                var w = IntVector.fromArray(INTS, words, at);
                var a = FloatVector.broadcast(SPECIES, x[i]);
                y0 = a.fma(w.lanewise(VectorOperators.LSHL, 19).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                        .fma(d0, m0), y0);
                y1 = a.fma(w.lanewise(VectorOperators.LSHL, 15).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                        .fma(d1, m1), y1);
                var b = FloatVector.broadcast(SPECIES, x[i + 1]);
                y0 = b.fma(w.lanewise(VectorOperators.LSHL, 11).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                        .fma(d0, m0), y0);
                y1 = b.fma(w.lanewise(VectorOperators.LSHL, 7).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                        .fma(d1, m1), y1);
                var c = FloatVector.broadcast(SPECIES, x[i + 2]);
                y0 = c.fma(w.lanewise(VectorOperators.LSHL, 3).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                        .fma(d0, m0), y0);
                y1 = c.fma(w.lanewise(VectorOperators.LSHR, 1).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                        .fma(d1, m1), y1);
                var d = FloatVector.broadcast(SPECIES, x[i + 3]);
                y0 = d.fma(w.lanewise(VectorOperators.LSHR, 5).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                        .fma(d0, m0), y0);
                y1 = d.fma(w.lanewise(VectorOperators.LSHR, 9).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                        .fma(d1, m1), y1);
            }
        }
        y0.intoArray(y, yi);
        y1.intoArray(y, yi + LANES);
    }
}
