// Norms and losses: reductions along rows. A row has 16 work-items, one for each partial sum; a group has ROWS rows.

#define ROW_KERNEL kernel __attribute__((reqd_work_group_size(PARTIALS * ROWS, 1, 1))) void
#define BEGIN_ROW \
    local float partials[PARTIALS * ROWS]; \
    const int lane = get_local_id(0) % PARTIALS; \
    const int row = get_group_id(0) * ROWS + get_local_id(0) / PARTIALS; \
    local float *partial = partials + (get_local_id(0) - lane); \
    const int end = row < rows ? columns : 0;

ROW_KERNEL rmsNorm(global const float *x, int xo, global const float *gain, int go, float epsilon, global float *y,
        int yo, global float *factor, int fo, int rows, int columns) {
    BEGIN_ROW
    x += xo + row * columns;
    y += yo + row * columns;
    float sum = 0.0f;
    for (int c = lane; c < end; c += PARTIALS) {
        sum = fma(x[c], x[c], sum);
    }
    partial[lane] = sum;
    float inverse = 1.0f / sqrt(tree(partial, lane) / columns + epsilon);
    if (row < rows && lane == 0) {
        factor[fo + row] = inverse;
    }
    for (int c = lane; c < end; c += PARTIALS) {
        y[c] = x[c] * inverse * gain[go + c];
    }
}

ROW_KERNEL addRmsNormGradient(global const float *dy, int dyo, global const float *x, int xo, global const float *gain,
        int go, global const float *factor, int fo, global float *dx, int dxo, int rows, int columns) {
    BEGIN_ROW
    x += xo + row * columns;
    dy += dyo + row * columns;
    dx += dxo + row * columns;
    float sum = 0.0f;
    for (int c = lane; c < end; c += PARTIALS) {
        sum = fma(dy[c] * gain[go + c], x[c], sum);
    }
    partial[lane] = sum;
    float inverse = row < rows ? factor[fo + row] : 0.0f;
    float along = tree(partial, lane) / columns * inverse * inverse;
    for (int c = lane; c < end; c += PARTIALS) {
        float inner = fma(-along, x[c], dy[c] * gain[go + c]);
        dx[c] = fma(inverse, inner, dx[c]);
    }
}

kernel void addRmsNormGainGradient(global const float *dy, int dyo, global const float *x, int xo,
        global const float *factor, int fo, global float *dgain, int dgo, int rows, int columns) {
    int c = get_global_id(0);
    if (c < columns) {
        float sum = dgain[dgo + c];
        for (int t = 0; t < rows; t++) {
            sum = fma(dy[dyo + t * columns + c], x[xo + t * columns + c] * factor[fo + t], sum);
        }
        dgain[dgo + c] = sum;
    }
}

ROW_KERNEL layerNorm(global const float *x, int xo, global const float *gain, int go, global const float *bias, int bo,
        float epsilon, global float *y, int yo, global float *statistics, int so, int rows, int columns) {
    BEGIN_ROW
    x += xo + row * columns;
    y += yo + row * columns;
    float sum = 0.0f;
    for (int c = lane; c < end; c += PARTIALS) {
        sum += x[c];
    }
    partial[lane] = sum;
    float mean = tree(partial, lane) / columns;
    float squares = 0.0f;
    for (int c = lane; c < end; c += PARTIALS) {
        float difference = x[c] - mean;
        squares = fma(difference, difference, squares);
    }
    partial[lane] = squares;
    float inverse = 1.0f / sqrt(tree(partial, lane) / columns + epsilon);
    if (row < rows && lane == 0) {
        statistics[so + 2 * row] = mean;
        statistics[so + 2 * row + 1] = inverse;
    }
    for (int c = lane; c < end; c += PARTIALS) {
        y[c] = fma((x[c] - mean) * inverse, gain[go + c], bias[bo + c]);
    }
}

ROW_KERNEL addLayerNormGradient(global const float *dy, int dyo, global const float *x, int xo,
        global const float *gain, int go, global const float *statistics, int so, global float *dx, int dxo, int rows,
        int columns) {
    BEGIN_ROW
    x += xo + row * columns;
    dy += dyo + row * columns;
    dx += dxo + row * columns;
    float mean = row < rows ? statistics[so + 2 * row] : 0.0f;
    float inverse = row < rows ? statistics[so + 2 * row + 1] : 0.0f;
    float plain = 0.0f;
    float along = 0.0f;
    for (int c = lane; c < end; c += PARTIALS) {
        float g = dy[c] * gain[go + c];
        plain += g;
        along = fma(g, (x[c] - mean) * inverse, along);
    }
    partial[lane] = plain;
    float meanOfG = tree(partial, lane) / columns;
    partial[lane] = along;
    float meanAlong = tree(partial, lane) / columns;
    for (int c = lane; c < end; c += PARTIALS) {
        float centred = dy[c] * gain[go + c] - meanOfG;
        float inner = fma(-meanAlong, (x[c] - mean) * inverse, centred);
        dx[c] = fma(inverse, inner, dx[c]);
    }
}

kernel void addLayerNormGainGradient(global const float *dy, int dyo, global const float *x, int xo,
        global const float *statistics, int so, global float *dgain, int dgo, int rows, int columns) {
    int c = get_global_id(0);
    if (c < columns) {
        float sum = dgain[dgo + c];
        for (int t = 0; t < rows; t++) {
            float normal = (x[xo + t * columns + c] - statistics[so + 2 * t]) * statistics[so + 2 * t + 1];
            sum = fma(dy[dyo + t * columns + c], normal, sum);
        }
        dgain[dgo + c] = sum;
    }
}

ROW_KERNEL crossEntropy(global const float *logits, int lo, global const int *labels, int ao, global float *losses,
        int eo, global float *logSumExps, int so, int rows, int columns) {
    BEGIN_ROW
    logits += lo + row * columns;
    float most = -INFINITY;
    for (int c = lane; c < end; c += PARTIALS) {
        most = greater(most, logits[c]);
    }
    partial[lane] = most;
    float maximum = greatest(partial, lane);
    float sum = 0.0f;
    for (int c = lane; c < end; c += PARTIALS) {
        sum += exponential(logits[c] - maximum);
    }
    partial[lane] = sum;
    float logSumExp = maximum + logarithm(tree(partial, lane));
    if (row < rows && lane == 0) {
        logSumExps[so + row] = logSumExp;
        losses[eo + row] = logSumExp - logits[labels[ao + row]];
    }
}

kernel void toCrossEntropyGradient(global float *logits, int lo, global const int *labels, int ao,
        global const float *logSumExps, int so, float factor, int columns, int n) {
    int i = get_global_id(0);
    if (i < n) {
        int row = i / columns;
        float p = exponential(logits[lo + i] - logSumExps[so + row]);
        logits[lo + i] = factor * (i % columns == labels[ao + row] ? p - 1.0f : p);
    }
}

// The sums of stretches of so many numbers; the host adds them in f64.
ROW_KERNEL sumOfSquares(global const float *x, int xo, int size, int stretch, global float *sums, int so, int rows) {
    const int columns = stretch;
    BEGIN_ROW
    x += xo + row * stretch;
    float sum = 0.0f;
    for (int i = lane; i < end && row * stretch + i < size; i += PARTIALS) {
        sum = fma(x[i], x[i], sum);
    }
    partial[lane] = sum;
    float all_ = tree(partial, lane);
    if (row < rows && lane == 0) {
        sums[so + row] = all_;
    }
}
