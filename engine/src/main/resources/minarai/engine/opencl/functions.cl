// What every kernel begins with: the functions of the numerics contract, polynomials on fused multiply-adds as in the
// class Functions, and the fixed tree of row reductions. Nothing is fused that is not written as fma.
#pragma OPENCL FP_CONTRACT OFF

// Partial sums of a row reduction, and rows that a work-group reduces side by side.
#define PARTIALS 16
#define ROWS 4

float exponential(float x) {
    if (x < -86.6f) {
        return 0.0f;
    }
    if (x > 88.37f) {
        return INFINITY;
    }
    float shifted = fma(x, 1.44269504f, 12583039.0f);
    float n = shifted - 12583039.0f;
    float r = fma(n, -0.693359375f, x);
    r = fma(n, 2.12194440e-4f, r);
    float p = fma(1.9875691500e-4f, r, 1.3981999507e-3f);
    p = fma(p, r, 8.3334519073e-3f);
    p = fma(p, r, 4.1665795894e-2f);
    p = fma(p, r, 1.6666665459e-1f);
    p = fma(p, r, 5.0000001201e-1f);
    p = fma(p, r * r, r) + 1.0f;
    return p * as_float(as_uint(shifted) << 23);
}

float sigmoid(float x) {
    return 1.0f / (1.0f + exponential(-x));
}

float tangent(float x) {
    float t = fabs(x);
    if (t < 0.625f) {
        float square = t * t;
        float p = fma(-0.0056922962f, square, 0.0206281673f);
        p = fma(p, square, -0.0537365153f);
        p = fma(p, square, 0.133314058f);
        p = fma(p, square, -0.333332807f);
        return copysign(fma(p * square, t, t), x);
    }
    return copysign(1.0f - 2.0f / (1.0f + exponential(t + t)), x);
}

// NaN where one of them is, unlike fmax.
float greater(float a, float b) {
    return a != a ? a : b != b ? b : a > b ? a : b;
}

float lesser(float a, float b) {
    return a != a ? a : b != b ? b : a < b ? a : b;
}

float geluOf(float x) {
    float low = greater(x, -11.0f);
    float t = lesser(low, 11.0f);
    return low * sigmoid(t * fma(0.0713548163f, t * t, 1.59576912f));
}

float geluSlope(float x) {
    float t = lesser(greater(x, -11.0f), 11.0f);
    float square = t * t;
    float s = sigmoid(t * fma(0.0713548163f, square, 1.59576912f));
    float steepness = t * fma(3.0f * 0.0713548163f, square, 1.59576912f);
    return s * fma(steepness, 1.0f - s, 1.0f);
}

float logarithm(float x) {
    if (!(x > 0.0f && x <= FLT_MAX)) {
        return x == 0.0f ? -INFINITY : x > 0.0f ? x : NAN;
    }
    int isSubnormal = x < FLT_MIN;
    uint bits = as_uint(isSubnormal ? x * 0x1p23f : x);
    int exponent = (int) (bits >> 23) - (isSubnormal ? 126 + 23 : 126);
    float m = as_float((bits & 0x007fffffu) | 0x3f000000u);
    if (m < 0.70710678f) {
        exponent--;
        m += m;
    }
    float z = m - 1.0f;
    float p = fma(7.0376836292e-2f, z, -1.1514610310e-1f);
    p = fma(p, z, 1.1676998740e-1f);
    p = fma(p, z, -1.2420140846e-1f);
    p = fma(p, z, 1.4249322787e-1f);
    p = fma(p, z, -1.6668057665e-1f);
    p = fma(p, z, 2.0000714765e-1f);
    p = fma(p, z, -2.4999993993e-1f);
    p = fma(p, z, 3.3333331174e-1f);
    float square = z * z;
    float y = p * z * square;
    y = fma((float) exponent, -2.12194440e-4f, y);
    y = fma(-0.5f, square, y);
    return fma((float) exponent, 0.693359375f, z + y);
}

// Adds the partial sums of a row: halves, quarters, eighths, sixteenths. Every work-item of the group must call it;
// the items of a row get its sum, and the partial sums may be overwritten after it.
float tree(local float *partial, int lane) {
    for (int half_ = PARTIALS / 2; half_ > 0; half_ /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < half_) {
            partial[lane] += partial[lane + half_];
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float sum = partial[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return sum;
}

// The greatest of a row's partial maxima, in the same way.
float greatest(local float *partial, int lane) {
    for (int half_ = PARTIALS / 2; half_ > 0; half_ /= 2) {
        barrier(CLK_LOCAL_MEM_FENCE);
        if (lane < half_) {
            partial[lane] = greater(partial[lane], partial[lane + half_]);
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    float all_ = partial[0];
    barrier(CLK_LOCAL_MEM_FENCE);
    return all_;
}
