// Matrix products. A work-group computes a tile of TILE_ROWS x TILE_COLUMNS outputs; its items hold ITEM_ROWS x
// ITEM_COLUMNS of them in registers. The depth goes through local memory in stretches of DEPTH. Each output is one
// chain of fused multiply-adds over ascending depth; a stretch that is cut short by the end of the depth is not filled up,
// for even a product with zero would change the sign of a zero or make an infinity a NaN.
//
// PRODUCT says what is multiplied: TRANSPOSED `x · wᵀ`, PLAIN `dy · w`, GRADIENT `dyᵀ · x`.
#define TRANSPOSED 0
#define PLAIN 1
#define GRADIENT 2
#define GROUP_COLUMNS (TILE_COLUMNS / ITEM_COLUMNS)
#define GROUP_ROWS (TILE_ROWS / ITEM_ROWS)
#define ITEMS (GROUP_COLUMNS * GROUP_ROWS)
#define LEFT_STRIDE (TILE_ROWS + 1)
#define RIGHT_STRIDE (TILE_COLUMNS + 1)

// Brings a stretch of both factors into local memory, in the order in which they lie in global memory.
void stage(global const float *x, global const uint *words, int start, global const uint *scales, local float *left,
        local float *right, int item, int top, int side, int from, int count, int rows, int columns, int depth) {
    for (int e = item; e < TILE_ROWS * DEPTH; e += ITEMS) {
#if PRODUCT == GRADIENT
        int r = e % TILE_ROWS;
        int k = e / TILE_ROWS;
        left[k * LEFT_STRIDE + r] = k < count && top + r < rows ? x[(from + k) * rows + top + r] : 0.0f;
#else
        int r = e / DEPTH;
        int k = e % DEPTH;
        left[k * LEFT_STRIDE + r] = k < count && top + r < rows ? x[(top + r) * depth + from + k] : 0.0f;
#endif
    }
    for (int e = item; e < TILE_COLUMNS * DEPTH; e += ITEMS) {
#if PRODUCT == TRANSPOSED && STORAGE == ROW_MAJOR || PRODUCT == PLAIN && STORAGE != ROW_MAJOR
        int c = e / DEPTH;
        int k = e % DEPTH;
#else
        int c = e % TILE_COLUMNS;
        int k = e / TILE_COLUMNS;
#endif
        float value = 0.0f;
        if (k < count && side + c < columns) {
#if PRODUCT == TRANSPOSED
            value = weight(words, start, scales, depth, side + c, from + k);
#else
            value = weight(words, start, scales, columns, from + k, side + c);
#endif
        }
        right[k * RIGHT_STRIDE + c] = value;
    }
}

// `y = x · w` where `isAdded` is 0, `y += x · w` as one chain where it is 1, `y += factor * (x · w)` where it is 2.
kernel __attribute__((reqd_work_group_size(GROUP_COLUMNS, GROUP_ROWS, 1))) void product(global const float *x, int xo,
        global const uint *words, int start, global const uint *scales, global float *y, int yo, int rows, int columns,
        int depth, int isAdded, float factor) {
    local float left[DEPTH * LEFT_STRIDE];
    local float right[DEPTH * RIGHT_STRIDE];
    const int lx = get_local_id(0);
    const int ly = get_local_id(1);
    const int side = get_group_id(0) * TILE_COLUMNS;
    const int top = get_group_id(1) * TILE_ROWS;
    float sums[ITEM_ROWS][ITEM_COLUMNS];
    for (int i = 0; i < ITEM_ROWS; i++) {
        for (int j = 0; j < ITEM_COLUMNS; j++) {
            int r = top + ly + i * GROUP_ROWS;
            int c = side + lx + j * GROUP_COLUMNS;
            sums[i][j] = isAdded == 1 && r < rows && c < columns ? y[yo + r * columns + c] : 0.0f;
        }
    }
    for (int from = 0; from < depth; from += DEPTH) {
        const int count = min(DEPTH, depth - from);
        stage(x + xo, words, start, scales, left, right, ly * GROUP_COLUMNS + lx, top, side, from, count, rows, columns,
                depth);
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int k = 0; k < count; k++) {
            float a[ITEM_ROWS];
            #pragma unroll
            for (int i = 0; i < ITEM_ROWS; i++) {
                a[i] = left[k * LEFT_STRIDE + ly + i * GROUP_ROWS];
            }
            #pragma unroll
            for (int j = 0; j < ITEM_COLUMNS; j++) {
                float b = right[k * RIGHT_STRIDE + lx + j * GROUP_COLUMNS];
                #pragma unroll
                for (int i = 0; i < ITEM_ROWS; i++) {
                    sums[i][j] = fma(a[i], b, sums[i][j]);
                }
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
    }
    for (int i = 0; i < ITEM_ROWS; i++) {
        for (int j = 0; j < ITEM_COLUMNS; j++) {
            int r = top + ly + i * GROUP_ROWS;
            int c = side + lx + j * GROUP_COLUMNS;
            if (r < rows && c < columns) {
                int at = yo + r * columns + c;
                y[at] = isAdded == 2 ? fma(factor, sums[i][j], y[at]) : sums[i][j];
            }
        }
    }
}
