// How a weight is stored. STORAGE is one of these; all but ROW_MAJOR are panels of WIDTH rows.
#define ROW_MAJOR 0
#define F32 1
#define F16 2
#define BF16 3
#define Q8_0 4
#define Q4_0 5
#define WIDTH 32
#define BLOCK 32

// An f16 number that is finite, by hand: not every device has a conversion that keeps subnormal numbers.
float fromHalf(uint bits) {
    uint exponent = bits >> 10 & 31;
    uint mantissa = bits & 1023;
    float magnitude = exponent == 0 ? (float) mantissa * 0x1p-24f : as_float((exponent + 112) << 23 | mantissa << 13);
    return bits & 0x8000u ? -magnitude : magnitude;
}

// The f32 number that the weight at a row and a column stands for.
float weight(global const uint *words, int start, global const uint *scales, int columns, int row, int column) {
#if STORAGE == ROW_MAJOR
    return as_float(words[start + row * columns + column]);
#elif STORAGE == F32
    return as_float(words[start + (row / WIDTH * columns + column) * WIDTH + row % WIDTH]);
#elif STORAGE == F16
    int at = start + (row / WIDTH * columns + column) * WIDTH + row % WIDTH;
    return fromHalf(words[at >> 1] >> ((at & 1) << 4) & 0xffffu);
#else
    const int half_ = WIDTH / 2;
    int panel = row / WIDTH;
    int r = row % half_;
    int isUpper = row % WIDTH / half_;
#if STORAGE == BF16
    uint word = words[start + (panel * columns + column) * half_ + r];
    return as_float(isUpper ? word & 0xffff0000u : word << 16);
#else
#if STORAGE == Q8_0
    uint word = words[start + (panel * (columns / 2) + column / 2) * half_ + r];
    uint code = word >> ((column % 2 * 2 + isUpper) * 8) & 255u;
#else
    uint word = words[start + (panel * (columns / 4) + column / 4) * half_ + r];
    uint code = word >> ((column % 4 * 2 + isUpper) * 4) & 15u;
#endif
    uint pair = scales[(panel * (columns / BLOCK) + column / BLOCK) * half_ + r];
    float factor = fromHalf(isUpper ? pair >> 16 : pair & 0xffffu);
#if STORAGE == Q8_0
    return fma(256.0f + (float) code, factor, -384.0f * factor);
#else
    return fma(16.0f + (float) code, factor, -24.0f * factor);
#endif
#endif
#endif
}
