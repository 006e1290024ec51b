package minarai.engine;

import static minarai.engine.VectorFunctions.INTS;
import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.NOTHING;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// Reads [Panels] of every storage: expands stretches to f32, and multiplies them with a single row, which is decoding.
///
/// A word holds codes of two vectors of outputs by turns, for one input after the other. A code stands among the digits
/// of a power of two, `base + code`, once the word is shifted so that the two of an input lie in a row; mask and base
/// make it a float, and one fused multiply-add with the scale then gives the weight exactly ([Codes#value]).
final class SimdPanels {

    private static final int WIDTH = SimdProducts.WIDTH;
    private static final int UPPER_HALF = 0xffff0000;
    /// Inputs that share a scale.
    private static final int BLOCK = 32;
    /// Where the codes of the first and of the second vector stand, and the power of two that they then belong to.
    private static final int DIGITS_8 = 0xff << 7;
    private static final int NEXT_DIGITS_8 = 0xff << 15;
    private static final float POWER_8 = 0x1p16f;
    private static final float NEXT_POWER_8 = 0x1p8f;
    private static final int DIGITS_4 = 0xf << 8;
    private static final int NEXT_DIGITS_4 = 0xf << 12;
    private static final float POWER_4 = 0x1p15f;
    private static final float NEXT_POWER_4 = 0x1p11f;
    private static final int BASE_8 = Float.floatToRawIntBits(POWER_8);
    private static final int NEXT_BASE_8 = Float.floatToRawIntBits(NEXT_POWER_8);
    private static final int BASE_4 = Float.floatToRawIntBits(POWER_4);
    private static final int NEXT_BASE_4 = Float.floatToRawIntBits(NEXT_POWER_4);
    private static final float SHIFT_8 = -(POWER_8 + Codes.OFFSET_8);
    private static final float NEXT_SHIFT_8 = -(NEXT_POWER_8 + Codes.OFFSET_8);
    private static final float SHIFT_4 = -(POWER_4 + Codes.OFFSET_4);
    private static final float NEXT_SHIFT_4 = -(NEXT_POWER_4 + Codes.OFFSET_4);
    /// What an f16 number's digits count too little when they are read as those of an f32 number.
    private static final float HALF_UNIT = 0x1p112f;
    /// An f16 number's digits and exponent, in the upper half of a word.
    private static final int HALF_DIGITS = 0x7fff0000;

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
        var d0 = lowHalf(pair);
        var d1 = highHalf(pair);
        var m0 = d0.mul(SHIFT_8);
        var m1 = d1.mul(NEXT_SHIFT_8);
        for (int i = 0; i < count; i += 2, at += LANES, to += 2 * WIDTH) {
            var w = IntVector.fromArray(INTS, words, at);
            var w0 = w.lanewise(VectorOperators.LSHL, 7);
            w0.and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d0, m0).intoArray(target, to);
            w0.and(NEXT_DIGITS_8).or(NEXT_BASE_8).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + LANES);
            var w1 = w.lanewise(VectorOperators.LSHR, 9);
            w1.and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d0, m0).intoArray(target, to + WIDTH);
            w1.and(NEXT_DIGITS_8).or(NEXT_BASE_8).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + WIDTH + LANES);
        }
    }

    private static void expandNibbles(int[] words, int at, int[] scales, int scale, int count, float[] target, int to) {
        var pair = IntVector.fromArray(INTS, scales, scale);
        var d0 = lowHalf(pair);
        var d1 = highHalf(pair);
        var m0 = d0.mul(SHIFT_4);
        var m1 = d1.mul(NEXT_SHIFT_4);
        for (int i = 0; i < count; i += 4, at += LANES, to += 4 * WIDTH) {
            var w = IntVector.fromArray(INTS, words, at);
            var w0 = w.lanewise(VectorOperators.LSHL, 8);
            w0.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0).intoArray(target, to);
            w0.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + LANES);
            w.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0).intoArray(target, to + WIDTH);
            w.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + WIDTH + LANES);
            var w2 = w.lanewise(VectorOperators.LSHR, 8);
            w2.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0).intoArray(target, to + 2 * WIDTH);
            w2.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + 2 * WIDTH + LANES);
            var w3 = w.lanewise(VectorOperators.LSHR, 16);
            w3.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0).intoArray(target, to + 3 * WIDTH);
            w3.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d1, m1)
                    .intoArray(target, to + 3 * WIDTH + LANES);
        }
    }

    /// `y = row · panels` for two panels: `y[j]` for the columns of `panel`, then for those of the next; each one chain
    /// over ascending inputs, from zero. Both are read at once, because one stream of memory is slower than two and one
    /// sum for each column waits for itself. Where `panel` is the last, what would be the next's is undefined.
    ///
    /// @param x the row, at `x[xi]`
    /// @param y two panels wide
    static void multiplyRow(Panels panels, int panel, float[] x, int xi, float[] y) {
        int other = (panel + 1) * WIDTH < panels.rows() ? panel + 1 : panel;
        switch (panels) {
            case FloatPanels floats ->
                    multiplyFloats(floats.data(), floats.start(panel), floats.start(other), panels.columns(), x, xi, y);
            case CodedPanels coded -> multiplyCoded(coded, panel, other, x, xi, y);
        }
    }

    private static void multiplyCoded(CodedPanels panels, int panel, int other, float[] x, int xi, float[] y) {
        int columns = panels.columns();
        int at = panels.start(panel);
        int next = panels.start(other);
        if (panels.storage() == Storage.BF16) {
            multiplyHalves(panels.words(), at, columns, x, xi, y, 0);
            multiplyHalves(panels.words(), next, columns, x, xi, y, WIDTH);
            return;
        }
        Arrays.fill(y, 0, 2 * WIDTH, 0);
        int size = BLOCK / CodedPanels.inputsPerWord(panels.storage()) * LANES;
        int blocks = columns / BLOCK;
        for (int block = 0; block < blocks; block++) {
            int scale = (panel * blocks + block) * LANES;
            int nextScale = (other * blocks + block) * LANES;
            if (panels.storage() == Storage.Q8_0) {
                addBytes(panels.words(), at + block * size, next + block * size, panels.scales(), scale, nextScale, x,
                        xi + block * BLOCK, y);
            } else {
                addNibbles(panels.words(), at + block * size, next + block * size, panels.scales(), scale, nextScale, x,
                        xi + block * BLOCK, y);
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
        NOTHING.add(y0).intoArray(y, 0);
        NOTHING.add(y1).intoArray(y, LANES);
        NOTHING.add(y2).intoArray(y, 2 * LANES);
        NOTHING.add(y3).intoArray(y, 3 * LANES);
    }

    private static void multiplyHalves(int[] words, int at, int columns, float[] x, int xi, float[] y, int yi) {
        var y0 = FloatVector.zero(SPECIES);
        var y1 = FloatVector.zero(SPECIES);
        for (int i = 0; i < columns; i++, at += LANES) {
            var a = FloatVector.broadcast(SPECIES, x[xi + i]);
            var v = IntVector.fromArray(INTS, words, at);
            y0 = a.fma(v.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats(), y0);
            y1 = a.fma(v.and(UPPER_HALF).reinterpretAsFloats(), y1);
        }
        NOTHING.add(y0).intoArray(y, yi);
        NOTHING.add(y1).intoArray(y, yi + LANES);
    }

    private static void addBytes(int[] words, int at, int next, int[] scales, int scale, int nextScale, float[] x,
            int xi, float[] y) {
        var pair = IntVector.fromArray(INTS, scales, scale);
        var d0 = lowHalf(pair);
        var d1 = highHalf(pair);
        var nextPair = IntVector.fromArray(INTS, scales, nextScale);
        var d2 = lowHalf(nextPair);
        var d3 = highHalf(nextPair);
        var m0 = d0.mul(SHIFT_8);
        var m1 = d1.mul(NEXT_SHIFT_8);
        var m2 = d2.mul(SHIFT_8);
        var m3 = d3.mul(NEXT_SHIFT_8);
        var y0 = FloatVector.fromArray(SPECIES, y, 0);
        var y1 = FloatVector.fromArray(SPECIES, y, LANES);
        var y2 = FloatVector.fromArray(SPECIES, y, 2 * LANES);
        var y3 = FloatVector.fromArray(SPECIES, y, 3 * LANES);
        for (int i = 0; i < BLOCK; i += 2) {
            var v = IntVector.fromArray(INTS, words, at + i / 2 * LANES);
            var w = IntVector.fromArray(INTS, words, next + i / 2 * LANES);
            var v0 = v.lanewise(VectorOperators.LSHL, 7);
            var w0 = w.lanewise(VectorOperators.LSHL, 7);
            var a0 = FloatVector.broadcast(SPECIES, x[xi + i]);
            y0 = a0.fma(v0.and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d0, m0), y0);
            y1 = a0.fma(v0.and(NEXT_DIGITS_8).or(NEXT_BASE_8).reinterpretAsFloats().fma(d1, m1), y1);
            y2 = a0.fma(w0.and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d2, m2), y2);
            y3 = a0.fma(w0.and(NEXT_DIGITS_8).or(NEXT_BASE_8).reinterpretAsFloats().fma(d3, m3), y3);
            var v1 = v.lanewise(VectorOperators.LSHR, 9);
            var w1 = w.lanewise(VectorOperators.LSHR, 9);
            var a1 = FloatVector.broadcast(SPECIES, x[xi + i + 1]);
            y0 = a1.fma(v1.and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d0, m0), y0);
            y1 = a1.fma(v1.and(NEXT_DIGITS_8).or(NEXT_BASE_8).reinterpretAsFloats().fma(d1, m1), y1);
            y2 = a1.fma(w1.and(DIGITS_8).or(BASE_8).reinterpretAsFloats().fma(d2, m2), y2);
            y3 = a1.fma(w1.and(NEXT_DIGITS_8).or(NEXT_BASE_8).reinterpretAsFloats().fma(d3, m3), y3);
        }
        NOTHING.add(y0).intoArray(y, 0);
        NOTHING.add(y1).intoArray(y, LANES);
        NOTHING.add(y2).intoArray(y, 2 * LANES);
        NOTHING.add(y3).intoArray(y, 3 * LANES);
    }

    private static void addNibbles(int[] words, int at, int next, int[] scales, int scale, int nextScale, float[] x,
            int xi, float[] y) {
        var pair = IntVector.fromArray(INTS, scales, scale);
        var d0 = lowHalf(pair);
        var d1 = highHalf(pair);
        var nextPair = IntVector.fromArray(INTS, scales, nextScale);
        var d2 = lowHalf(nextPair);
        var d3 = highHalf(nextPair);
        var m0 = d0.mul(SHIFT_4);
        var m1 = d1.mul(NEXT_SHIFT_4);
        var m2 = d2.mul(SHIFT_4);
        var m3 = d3.mul(NEXT_SHIFT_4);
        var y0 = FloatVector.fromArray(SPECIES, y, 0);
        var y1 = FloatVector.fromArray(SPECIES, y, LANES);
        var y2 = FloatVector.fromArray(SPECIES, y, 2 * LANES);
        var y3 = FloatVector.fromArray(SPECIES, y, 3 * LANES);
        for (int i = 0; i < BLOCK; i += 4) {
            var v = IntVector.fromArray(INTS, words, at + i / 4 * LANES);
            var w = IntVector.fromArray(INTS, words, next + i / 4 * LANES);
            var v0 = v.lanewise(VectorOperators.LSHL, 8);
            var w0 = w.lanewise(VectorOperators.LSHL, 8);
            var a0 = FloatVector.broadcast(SPECIES, x[xi + i]);
            y0 = a0.fma(v0.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0), y0);
            y1 = a0.fma(v0.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d1, m1), y1);
            y2 = a0.fma(w0.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d2, m2), y2);
            y3 = a0.fma(w0.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d3, m3), y3);
            var a1 = FloatVector.broadcast(SPECIES, x[xi + i + 1]);
            y0 = a1.fma(v.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0), y0);
            y1 = a1.fma(v.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d1, m1), y1);
            y2 = a1.fma(w.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d2, m2), y2);
            y3 = a1.fma(w.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d3, m3), y3);
            var v2 = v.lanewise(VectorOperators.LSHR, 8);
            var w2 = w.lanewise(VectorOperators.LSHR, 8);
            var a2 = FloatVector.broadcast(SPECIES, x[xi + i + 2]);
            y0 = a2.fma(v2.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0), y0);
            y1 = a2.fma(v2.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d1, m1), y1);
            y2 = a2.fma(w2.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d2, m2), y2);
            y3 = a2.fma(w2.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d3, m3), y3);
            var v3 = v.lanewise(VectorOperators.LSHR, 16);
            var w3 = w.lanewise(VectorOperators.LSHR, 16);
            var a3 = FloatVector.broadcast(SPECIES, x[xi + i + 3]);
            y0 = a3.fma(v3.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d0, m0), y0);
            y1 = a3.fma(v3.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d1, m1), y1);
            y2 = a3.fma(w3.and(DIGITS_4).or(BASE_4).reinterpretAsFloats().fma(d2, m2), y2);
            y3 = a3.fma(w3.and(NEXT_DIGITS_4).or(NEXT_BASE_4).reinterpretAsFloats().fma(d3, m3), y3);
        }
        NOTHING.add(y0).intoArray(y, 0);
        NOTHING.add(y1).intoArray(y, LANES);
        NOTHING.add(y2).intoArray(y, 2 * LANES);
        NOTHING.add(y3).intoArray(y, 3 * LANES);
    }

    /// The f16 numbers in the lower halves of words, as f32.
    private static FloatVector lowHalf(IntVector words) {
        return highHalf(words.lanewise(VectorOperators.LSHL, 16));
    }

    private static FloatVector highHalf(IntVector words) {
        return words.and(HALF_DIGITS).lanewise(VectorOperators.LSHR, 3).reinterpretAsFloats().mul(HALF_UNIT)
                .reinterpretAsInts().or(words.and(Integer.MIN_VALUE)).reinterpretAsFloats();
    }
}
