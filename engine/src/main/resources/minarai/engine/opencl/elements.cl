// Operations on numbers that lie at the same place of several tensors. A work-item each.

kernel void fill(float value, global float *y, int yo, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = value;
    }
}

kernel void divide(global const float *a, int ao, global const float *b, int bo, global float *y, int yo, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = a[ao + i] / b[bo + i];
    }
}

kernel void sum(global const float *a, int ao, float factor, global const float *x, int xo, global float *y, int yo,
        int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = fma(factor, x[xo + i], a[ao + i]);
    }
}

kernel void scale(float factor, global float *y, int yo, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = factor * y[yo + i];
    }
}

kernel void softCap(float cap, global float *y, int yo, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = cap * tangent(y[yo + i] / cap);
    }
}

kernel void multiplySoftCapSlope(global const float *y, int yo, float cap, global float *dy, int dyo, int n) {
    int i = get_global_id(0);
    if (i < n) {
        float share = y[yo + i] / cap;
        dy[dyo + i] = dy[dyo + i] * fma(-share, share, 1.0f);
    }
}

kernel void gatedUnit(global const float *gate, int go, global const float *up, int uo, global float *y, int yo,
        int n) {
    int i = get_global_id(0);
    if (i < n) {
        float g = gate[go + i];
        y[yo + i] = g * sigmoid(g) * up[uo + i];
    }
}

kernel void addGatedUnitGradient(global const float *dy, int dyo, global const float *gate, int go,
        global const float *up, int uo, global float *dgate, int dgo, global float *dup, int duo, int n) {
    int i = get_global_id(0);
    if (i < n) {
        float g = gate[go + i];
        float s = sigmoid(g);
        float slope = s * fma(g, 1.0f - s, 1.0f);
        dgate[dgo + i] = fma(dy[dyo + i] * up[uo + i], slope, dgate[dgo + i]);
        dup[duo + i] = fma(dy[dyo + i], g * s, dup[duo + i]);
    }
}

kernel void gelu(global const float *x, int xo, global float *y, int yo, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = geluOf(x[xo + i]);
    }
}

kernel void addGeluGradient(global const float *dy, int dyo, global const float *x, int xo, global float *dx, int dxo,
        int n) {
    int i = get_global_id(0);
    if (i < n) {
        dx[dxo + i] = fma(dy[dyo + i], geluSlope(x[xo + i]), dx[dxo + i]);
    }
}

kernel void gatedGelu(global const float *gate, int go, global const float *up, int uo, global float *y, int yo,
        int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = geluOf(gate[go + i]) * up[uo + i];
    }
}

kernel void addGatedGeluGradient(global const float *dy, int dyo, global const float *gate, int go,
        global const float *up, int uo, global float *dgate, int dgo, global float *dup, int duo, int n) {
    int i = get_global_id(0);
    if (i < n) {
        float g = gate[go + i];
        dgate[dgo + i] = fma(dy[dyo + i] * up[uo + i], geluSlope(g), dgate[dgo + i]);
        dup[duo + i] = fma(dy[dyo + i], geluOf(g), dup[duo + i]);
    }
}

kernel void adamW(float factor, float beta1, float beta2, float epsilon, float keep, float rate, float rootScale,
        global float *value, int vo, global const float *gradient, int go, global float *mean, int mo,
        global float *square, int so, int n) {
    int i = get_global_id(0);
    if (i < n) {
        float g = gradient[go + i] * factor;
        float m = fma(beta1, mean[mo + i], (1.0f - beta1) * g);
        float v = fma(beta2, square[so + i], (1.0f - beta2) * g * g);
        float root = fma(sqrt(v), rootScale, epsilon);
        mean[mo + i] = m;
        square[so + i] = v;
        value[vo + i] = fma(-rate, m / root, value[vo + i] * keep);
    }
}
