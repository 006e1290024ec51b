// The gradients of queries, and what they need first. See attention.cl.

// The sum of `dy * y` over the features of each head, rows x heads, reduced as a row.
kernel __attribute__((reqd_work_group_size(PARTIALS * ROWS, 1, 1))) void attendMeans(global const float *dy, int dyo,
        global const float *y, int yo, int size, global float *means, int mo, int rows) {
    local float partials[PARTIALS * ROWS];
    const int lane = get_local_id(0) % PARTIALS;
    const int row = get_group_id(0) * ROWS + get_local_id(0) / PARTIALS;
    local float *partial = partials + (get_local_id(0) - lane);
    float sum = 0.0f;
    for (int d = lane; row < rows && d < size; d += PARTIALS) {
        sum = fma(dy[dyo + row * size + d], y[yo + row * size + d], sum);
    }
    partial[lane] = sum;
    float mean = tree(partial, lane);
    if (row < rows && lane == 0) {
        means[mo + row] = mean;
    }
}

ATTENTION attendQueryGradient(global const float *dy, int dyo, global const float *q, int qo, global const float *k,
        int ko, global const float *v, int vo, global const int *spans, int so, int spanCount,
        int heads, int group, int size, int window, float scale, float cap, global const float *logSumExps, int lo,
        global const float *means, int mo, global float *dq, int dqo) {
    local float keys[CHUNK * STRIDE], values[CHUNK * STRIDE];
    local float few[QUERIES * CHUNK], fewSlopes[QUERIES * CHUNK];
    local float ds[QUERIES * KEYS];
    const int item = get_local_id(0);
    const int head = get_group_id(1);
    // After the spans, for each work-group a span and its first query there.
    global const int *tile = spans + so + spanCount * SPAN + 2 * get_group_id(0);
    global const int *span = spans + so + tile[0] * SPAN;
    const int first = tile[1];
    const int count = min(QUERIES, span[1] - first);
    const int row = span[0] + first;
    const int position = span[3] - span[1] + first;
    const int width = heads * size;
    const int keyWidth = heads / group * size;
    const int keyColumn = head / group * size;
    q += qo + head * size;
    dy += dyo + head * size;
    dq += dqo + head * size;
    k += ko + keyColumn;
    v += vo + keyColumn;
    const int last = position + count - 1;
    for (int block = firstVisible(position, window) / KEYS * KEYS; block <= last; block += KEYS) {
        float scores[QUERIES], slopes[QUERIES];
        for (int i = 0; i < QUERIES; i++) {
            scores[i] = 0.0f;
            slopes[i] = 0.0f;
        }
        for (int from = 0; from < size; from += CHUNK) {
            const int features = min(CHUNK, size - from);
            barrier(CLK_LOCAL_MEM_FENCE);
            stageFew(q, width, row, count, from, features, few);
            stageFew(dy, width, row, count, from, features, fewSlopes);
            stageBlock(k, keyWidth, span, block, last, from, features, keys);
            stageBlock(v, keyWidth, span, block, last, from, features, values);
            barrier(CLK_LOCAL_MEM_FENCE);
            for (int d = 0; d < features; d++) {
                float key = keys[d * STRIDE + item];
                float value = values[d * STRIDE + item];
                for (int i = 0; i < QUERIES; i++) {
                    scores[i] = fma(few[i * CHUNK + d], key, scores[i]);
                    slopes[i] = fma(fewSlopes[i * CHUNK + d], value, slopes[i]);
                }
            }
        }
        for (int i = 0; i < QUERIES; i++) {
            if (i < count) {
                int of = (row + i) * heads + head;
                ds[i * KEYS + item] = pairOf(scores[i], slopes[i], logSumExps[lo + of], means[mo + of], scale, cap).y;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        const int stop = min(last, block + KEYS - 1);
        for (int d = item; d < size; d += KEYS) {
            float total[QUERIES];
            for (int i = 0; i < QUERIES; i++) {
                total[i] = i < count ? dq[(row + i) * width + d] : 0.0f;
            }
            for (int j = max(firstVisible(position, window), block); j <= stop; j++) {
                const float key = k[keyRow(span, j) * keyWidth + d];
                for (int i = 0; i < QUERIES; i++) {
                    if (i < count && j <= position + i && j >= firstVisible(position + i, window)) {
                        total[i] = fma(ds[i * KEYS + j - block], key, total[i]);
                    }
                }
            }
            for (int i = 0; i < QUERIES; i++) {
                if (i < count) {
                    dq[(row + i) * width + d] = total[i];
                }
            }
        }
    }
}
