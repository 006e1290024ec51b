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
    /// Inputs that share a scale.
    private static final int BLOCK = 32;
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
        int at = panels.start(panel) + from / inputs * LANES;
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

    /// `y = row · panels` for two panels, of most storages at once, because one stream of memory is slower than two: `y[j]`
    /// for the columns of `panel`, then for those of the next; each one chain over ascending inputs, from zero. Where
    /// `panel` is the last, what would be the next's is undefined.
    ///
    /// @param x the row, at `x[xi]`
    /// @param y two panels wide
    static void multiplyRow(Panels panels, int panel, float[] x, int xi, float[] y) {
        int columns = panels.columns();
        int other = (panel + 1) * WIDTH < panels.rows() ? panel + 1 : panel;
        switch (panels) {
            case FloatPanels floats ->
                    multiplyFloats(floats.data(), floats.start(panel), floats.start(other), columns, x, xi, y);
            case CodedPanels coded -> {
                int scales = columns / BLOCK * LANES;
                switch (coded.storage()) {
                    case BF16 -> {
                        multiplyHalves(coded.words(), coded.start(panel), columns, x, xi, y, 0);
                        multiplyHalves(coded.words(), coded.start(other), columns, x, xi, y, WIDTH);
                    }
                    case Q8_0 -> multiplyBytes(coded.words(), coded.start(panel), coded.start(other), coded.scales(),
                            panel * scales, other * scales, columns, x, xi, y);
                    case Q4_0 -> multiplyNibbles(coded.words(), coded.start(panel), coded.start(other), coded.scales(),
                            panel * scales, other * scales, columns, x, xi, y);
                    case F32 -> throw new IllegalStateException("f32 has no codes");
                }
            }
        }
    }

    private static void multiplyFloats(float[] data, int at, int next, int columns, float[] x, int xi, float[] y) {
        var y0 = FloatVector.zero(SPECIES);
        var y1 = FloatVector.zero(SPECIES);
        var y2 = FloatVector.zero(SPECIES);
        var y3 = FloatVector.zero(SPECIES);
        for (int i = 0; i < columns; i++, at += WIDTH, next += WIDTH) {
            var a = FloatVector.broadcast(SPECIES, x[xi + i]);
            y0 = a.fma(FloatVector.fromArray(SPECIES, data, at), y0);
            y1 = a.fma(FloatVector.fromArray(SPECIES, data, at + LANES), y1);
            y2 = a.fma(FloatVector.fromArray(SPECIES, data, next), y2);
            y3 = a.fma(FloatVector.fromArray(SPECIES, data, next + LANES), y3);
        }
        y0.intoArray(y, 0);
        y1.intoArray(y, LANES);
        y2.intoArray(y, 2 * LANES);
        y3.intoArray(y, 3 * LANES);
    }

    /// One panel: here two at once would be slower.
    private static void multiplyHalves(int[] words, int at, int columns, float[] x, int xi, float[] y, int yi) {
        var y0 = FloatVector.zero(SPECIES);
        var y1 = FloatVector.zero(SPECIES);
        for (int i = 0; i < columns; i++, at += LANES) {
            var a = FloatVector.broadcast(SPECIES, x[xi + i]);
            var v = IntVector.fromArray(INTS, words, at);
            y0 = a.fma(v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), y0);
            y1 = a.fma(v.and(UPPER_HALF).reinterpretAsFloats(), y1);
        }
        y0.intoArray(y, yi);
        y1.intoArray(y, yi + LANES);
    }

    private static void multiplyBytes(int[] words, int at, int next, int[] scales, int scale, int nextScale, int columns,
            float[] x, int xi, float[] y) {
        clear(y);
        int size = BLOCK / CodedPanels.inputsPerWord(Storage.Q8_0) * LANES;
        for (int block = 0; block < columns; block += BLOCK, scale += LANES, nextScale += LANES, at += size, next += size) {
            addBytes(words, at, next, scales, scale, nextScale, x, xi + block, y);
        }
    }

    private static void addBytes(int[] words, int at, int next, int[] scales, int scale, int nextScale, float[] x, int xi,
            float[] y) {
        var y0 = FloatVector.fromArray(SPECIES, y, 0);
        var y1 = FloatVector.fromArray(SPECIES, y, LANES);
        var y2 = FloatVector.fromArray(SPECIES, y, 2 * LANES);
        var y3 = FloatVector.fromArray(SPECIES, y, 3 * LANES);
        var pair = IntVector.fromArray(INTS, scales, scale);
        var d0 = half(pair.lanewise(VectorOperators.LSHL, 16));
        var d1 = half(pair.and(UPPER_HALF));
        var m0 = d0.mul(SHIFT_8);
        var m1 = d1.mul(SHIFT_8);
        var nextPair = IntVector.fromArray(INTS, scales, nextScale);
        var d2 = half(nextPair.lanewise(VectorOperators.LSHL, 16));
        var d3 = half(nextPair.and(UPPER_HALF));
        var m2 = d2.mul(SHIFT_8);
        var m3 = d3.mul(SHIFT_8);
        for (int i = xi; i < xi + BLOCK; i += 2, at += LANES, next += LANES) {
            var v = IntVector.fromArray(INTS, words, at);
            var w = IntVector.fromArray(INTS, words, next);
            var a0 = FloatVector.broadcast(SPECIES, x[i]);
            y0 = a0.fma(v.lanewise(VectorOperators.LSHL, 15).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                    .fma(d0, m0), y0);
            y1 = a0.fma(v.lanewise(VectorOperators.LSHL, 7).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                    .fma(d1, m1), y1);
            y2 = a0.fma(w.lanewise(VectorOperators.LSHL, 15).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                    .fma(d2, m2), y2);
            y3 = a0.fma(w.lanewise(VectorOperators.LSHL, 7).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                    .fma(d3, m3), y3);
            var a1 = FloatVector.broadcast(SPECIES, x[i + 1]);
            y0 = a1.fma(v.lanewise(VectorOperators.LSHR, 1).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                    .fma(d0, m0), y0);
            y1 = a1.fma(v.lanewise(VectorOperators.LSHR, 9).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                    .fma(d1, m1), y1);
            y2 = a1.fma(w.lanewise(VectorOperators.LSHR, 1).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                    .fma(d2, m2), y2);
            y3 = a1.fma(w.lanewise(VectorOperators.LSHR, 9).and(DIGITS_8).or(BASE_8).reinterpretAsFloats()
                    .fma(d3, m3), y3);
        }
        y0.intoArray(y, 0);
        y1.intoArray(y, LANES);
        y2.intoArray(y, 2 * LANES);
        y3.intoArray(y, 3 * LANES);
    }

    private static void multiplyNibbles(int[] words, int at, int next, int[] scales, int scale, int nextScale, int columns,
            float[] x, int xi, float[] y) {
        clear(y);
        int size = BLOCK / CodedPanels.inputsPerWord(Storage.Q4_0) * LANES;
        for (int block = 0; block < columns; block += BLOCK, scale += LANES, nextScale += LANES, at += size, next += size) {
            addNibbles(words, at, next, scales, scale, nextScale, x, xi + block, y);
        }
    }

    private static void addNibbles(int[] words, int at, int next, int[] scales, int scale, int nextScale, float[] x, int xi,
            float[] y) {
        var y0 = FloatVector.fromArray(SPECIES, y, 0);
        var y1 = FloatVector.fromArray(SPECIES, y, LANES);
        var y2 = FloatVector.fromArray(SPECIES, y, 2 * LANES);
        var y3 = FloatVector.fromArray(SPECIES, y, 3 * LANES);
        var pair = IntVector.fromArray(INTS, scales, scale);
        var d0 = half(pair.lanewise(VectorOperators.LSHL, 16));
        var d1 = half(pair.and(UPPER_HALF));
        var m0 = d0.mul(SHIFT_4);
        var m1 = d1.mul(SHIFT_4);
        var nextPair = IntVector.fromArray(INTS, scales, nextScale);
        var d2 = half(nextPair.lanewise(VectorOperators.LSHL, 16));
        var d3 = half(nextPair.and(UPPER_HALF));
        var m2 = d2.mul(SHIFT_4);
        var m3 = d3.mul(SHIFT_4);
        for (int i = xi; i < xi + BLOCK; i += 4, at += LANES, next += LANES) {
            var v = IntVector.fromArray(INTS, words, at);
            var w = IntVector.fromArray(INTS, words, next);
            var a0 = FloatVector.broadcast(SPECIES, x[i]);
            y0 = a0.fma(v.lanewise(VectorOperators.LSHL, 19).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d0, m0), y0);
            y1 = a0.fma(v.lanewise(VectorOperators.LSHL, 15).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d1, m1), y1);
            y2 = a0.fma(w.lanewise(VectorOperators.LSHL, 19).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d2, m2), y2);
            y3 = a0.fma(w.lanewise(VectorOperators.LSHL, 15).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d3, m3), y3);
            var a1 = FloatVector.broadcast(SPECIES, x[i + 1]);
            y0 = a1.fma(v.lanewise(VectorOperators.LSHL, 11).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d0, m0), y0);
            y1 = a1.fma(v.lanewise(VectorOperators.LSHL, 7).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d1, m1), y1);
            y2 = a1.fma(w.lanewise(VectorOperators.LSHL, 11).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d2, m2), y2);
            y3 = a1.fma(w.lanewise(VectorOperators.LSHL, 7).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d3, m3), y3);
            var a2 = FloatVector.broadcast(SPECIES, x[i + 2]);
            y0 = a2.fma(v.lanewise(VectorOperators.LSHL, 3).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d0, m0), y0);
            y1 = a2.fma(v.lanewise(VectorOperators.LSHR, 1).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d1, m1), y1);
            y2 = a2.fma(w.lanewise(VectorOperators.LSHL, 3).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d2, m2), y2);
            y3 = a2.fma(w.lanewise(VectorOperators.LSHR, 1).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d3, m3), y3);
            var a3 = FloatVector.broadcast(SPECIES, x[i + 3]);
            y0 = a3.fma(v.lanewise(VectorOperators.LSHR, 5).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d0, m0), y0);
            y1 = a3.fma(v.lanewise(VectorOperators.LSHR, 9).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d1, m1), y1);
            y2 = a3.fma(w.lanewise(VectorOperators.LSHR, 5).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d2, m2), y2);
            y3 = a3.fma(w.lanewise(VectorOperators.LSHR, 9).and(DIGITS_4).or(BASE_4).reinterpretAsFloats()
                    .fma(d3, m3), y3);
        }
        y0.intoArray(y, 0);
        y1.intoArray(y, LANES);
        y2.intoArray(y, 2 * LANES);
        y3.intoArray(y, 3 * LANES);
    }

    private static void clear(float[] y) {
        for (int i = 0; i < 4 * LANES; i += LANES) {
            FloatVector.zero(SPECIES).intoArray(y, i);
        }
    }
}
