// Reading stored weights other than in products.

kernel void embedStored(global const uint *words, int start, global const uint *scales, global const int *ids, int io,
        global float *y, int yo, int columns, int n) {
    int i = get_global_id(0);
    if (i < n) {
        y[yo + i] = weight(words, start, scales, columns, ids[io + i / columns], i % columns);
    }
}

// Rows have 16 work-items each, as in norms.cl.
kernel __attribute__((reqd_work_group_size(PARTIALS * ROWS, 1, 1))) void rowNorms(global const uint *words, int start,
        global const uint *scales, global const float *down, int downo, global const float *up, int upo, int rank,
        float factor, global float *norms, int no, int rows, int columns) {
    local float partials[PARTIALS * ROWS];
    const int lane = get_local_id(0) % PARTIALS;
    const int row = get_group_id(0) * ROWS + get_local_id(0) / PARTIALS;
    local float *partial = partials + (get_local_id(0) - lane);
    float sum = 0.0f;
    for (int i = lane; row < rows && i < columns; i += PARTIALS) {
        float product = 0.0f;
        for (int r = 0; r < rank; r++) {
            product = fma(up[upo + row * rank + r], down[downo + r * columns + i], product);
        }
        float value = fma(factor, product, weight(words, start, scales, columns, row, i));
        sum = fma(value, value, sum);
    }
    partial[lane] = sum;
    float length_ = sqrt(tree(partial, lane));
    if (row < rows && lane == 0) {
        norms[no + row] = length_;
    }
}
