// Operations on rows and columns that reduce nothing, or reduce columns: where a chain runs over rows, a work-item has
// a column and walks down.

kernel void embed(global const float *table, int to, global const int *ids, int io, global float *y, int yo,
        int columns, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = table[to + ids[io + i / columns] * columns + i % columns];
    }
}

kernel void addEmbeddingGradient(global const float *dy, int dyo, global const int *ids, int io, int rows,
        global float *dtable, int dto, int columns) {
    int c = get_global_id(0);
    if (c < columns) {
        for (int t = 0; t < rows; t++) {
            dtable[dto + ids[io + t] * columns + c] += dy[dyo + t * columns + c];
        }
    }
}

kernel void storeRows(global const float *x, int xo, global const int *rows, int ro, global float *target, int to,
        int columns, int n) {
    int i = get_global_id(0);
    if (i < n) {
        target[to + rows[ro + i / columns] * columns + i % columns] = x[xo + i];
    }
}

kernel void addBias(global const float *bias, int bo, global float *y, int yo, int columns, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] += bias[bo + i % columns];
    }
}

kernel void addColumnSums(global const float *dy, int dyo, global float *dbias, int dbo, int rows, int columns) {
    int c = get_global_id(0);
    if (c < columns) {
        float sum = dbias[dbo + c];
        for (int t = 0; t < rows; t++) {
            sum += dy[dyo + t * columns + c];
        }
        dbias[dbo + c] = sum;
    }
}

kernel void columns(global const float *x, int xo, int width, int first, global float *y, int yo, int columns_, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = x[xo + i / columns_ * width + first + i % columns_];
    }
}

kernel void addToColumns(global const float *dy, int dyo, int width, int first, global float *dx, int dxo, int columns_,
        int n) {
    int i = get_global_id(0);
    if (i < n) {
        dx[dxo + i / columns_ * width + first + i % columns_] += dy[dyo + i];
    }
}

kernel void scaleColumns(global const float *x, int xo, global const float *factors, int fo, global float *y, int yo,
        int columns, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = x[xo + i] * factors[fo + i % columns];
    }
}

kernel void addScaledColumns(global const float *dy, int dyo, global const float *factors, int fo, global float *dx,
        int dxo, int columns, int n) {
    int i = get_global_id(0);
    if (i < n) {
        dx[dxo + i] = fma(dy[dyo + i], factors[fo + i % columns], dx[dxo + i]);
    }
}

kernel void addColumnProducts(global const float *dy, int dyo, global const float *x, int xo, global float *sums,
        int so, int rows, int columns) {
    int c = get_global_id(0);
    if (c < columns) {
        float sum = sums[so + c];
        for (int t = 0; t < rows; t++) {
            sum = fma(dy[dyo + t * columns + c], x[xo + t * columns + c], sum);
        }
        sums[so + c] = sum;
    }
}

// A work-item has a pair of features, or one feature that does not turn; so y may be x.
// Named otherwise than the method, because OpenCL has a function of its name.
kernel void turn(global const float *x, int xo, global const float *cosines, int co, global const float *sines, int so,
        float direction, global const int *positions, int po, global float *y, int yo, int pairs, int size, int columns,
        int n) {
    int item = get_global_id(0);
    if (item >= n) {
        return;
    }
    int own = size - pairs;
    int i = item % own;
    int head = item / own % (columns / size);
    int t = item / own / (columns / size);
    int at = t * columns + head * size + i;
    if (i < pairs) {
        int angle = positions[po + t] * pairs + i;
        float cosine = cosines[co + angle];
        float sine = direction * sines[so + angle];
        float a = x[xo + at];
        float b = x[xo + at + pairs];
        y[yo + at] = fma(a, cosine, -(b * sine));
        y[yo + at + pairs] = fma(b, cosine, a * sine);
    } else {
        y[yo + at + pairs] = x[xo + at + pairs];
    }
}
