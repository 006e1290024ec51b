// The gradients of keys and values. See attention.cl.

// Features `from` and on of a block of queries, feature by feature.
void stageQueries(global const float *x, int columns, int first, int valid, int from, int count, local float *to) {
    for (int e = get_local_id(0); e < KEYS * CHUNK; e += KEYS) {
        int j = e / CHUNK;
        int d = e % CHUNK;
        to[d * STRIDE + j] = j < valid && d < count ? x[(first + j) * columns + from + d] : 0.0f;
    }
}

// For feature `d` of each key: the chain of the pairs' factors times a feature of the queries that see the key.
void addChains(global float *sums, const local float *factors, global const float *x, int keyWidth, int row, int count,
        const int *positions, int firstRow, int valid, int firstPosition, int width, int column, int window, int d) {
    float total[QUERIES];
    for (int i = 0; i < QUERIES; i++) {
        total[i] = i < count ? sums[(row + i) * keyWidth + d] : 0.0f;
    }
    for (int j = 0; j < valid; j++) {
        const float value = x[(firstRow + j) * width + column + d];
        const int position = firstPosition + j;
        for (int i = 0; i < QUERIES; i++) {
            if (positions[i] >= 0 && positions[i] <= position && positions[i] >= firstVisible(position, window)) {
                total[i] = fma(factors[i * KEYS + j], value, total[i]);
            }
        }
    }
    for (int i = 0; i < QUERIES; i++) {
        if (i < count) {
            sums[(row + i) * keyWidth + d] = total[i];
        }
    }
}

// The gradients of QUERIES keys and values of a head that several query heads share: over the spans that see them, the
// query heads of the group, and the queries.
ATTENTION attendKeyGradient(global const float *dy, int dyo, global const float *q, int qo, global const float *k,
        int ko, global const float *v, int vo, global const int *spans, int so, int spanCount, int heads, int group,
        int size, int window, float scale, float cap, global const float *logSumExps, int lo, global const float *means,
        int mo, global float *dk, int dko, global float *dv, int dvo, int rows) {
    local float queries[CHUNK * STRIDE], slopes[CHUNK * STRIDE];
    local float few[QUERIES * CHUNK], fewValues[QUERIES * CHUNK];
    local float p[QUERIES * KEYS], ds[QUERIES * KEYS];
    const int item = get_local_id(0);
    const int keyHead = get_group_id(1);
    const int row = get_group_id(0) * QUERIES;
    const int count = min(QUERIES, rows - row);
    const int width = heads * size;
    const int keyWidth = heads / group * size;
    k += ko + keyHead * size;
    v += vo + keyHead * size;
    dk += dko + keyHead * size;
    dv += dvo + keyHead * size;
    for (int s = 0; s < spanCount; s++) {
        global const int *span = spans + so + s * SPAN;
        const int before = span[3] - span[1];
        int low = INT_MAX;
        int high = -1;
        int positions[QUERIES];
        for (int i = 0; i < QUERIES; i++) {
            positions[i] = i < count ? positionOf(span, row + i) : -1;
            if (positions[i] >= 0) {
                low = min(low, positions[i]);
                high = max(high, positions[i]);
            }
        }
        const int start = max(0, low - before);
        const long beyond = (long) high + window - before;
        const int end = high < 0 ? 0 : (int) min((long) span[1], beyond);
        for (int head = keyHead * group; head < (keyHead + 1) * group && start < end; head++) {
            for (int block = start; block < end; block += KEYS) {
                const int valid = min(KEYS, end - block);
                float scores[QUERIES], products[QUERIES];
                for (int i = 0; i < QUERIES; i++) {
                    scores[i] = 0.0f;
                    products[i] = 0.0f;
                }
                for (int from = 0; from < size; from += CHUNK) {
                    const int features = min(CHUNK, size - from);
                    barrier(CLK_LOCAL_MEM_FENCE);
                    stageFew(k, keyWidth, row, count, from, features, few);
                    stageFew(v, keyWidth, row, count, from, features, fewValues);
                    stageQueries(q + qo + head * size, width, span[0] + block, valid, from, features, queries);
                    stageQueries(dy + dyo + head * size, width, span[0] + block, valid, from, features, slopes);
                    barrier(CLK_LOCAL_MEM_FENCE);
                    for (int d = 0; d < features; d++) {
                        float query = queries[d * STRIDE + item];
                        float slope = slopes[d * STRIDE + item];
                        for (int i = 0; i < QUERIES; i++) {
                            scores[i] = fma(query, few[i * CHUNK + d], scores[i]);
                            products[i] = fma(slope, fewValues[i * CHUNK + d], products[i]);
                        }
                    }
                }
                if (item < valid) {
                    int of = (span[0] + block + item) * heads + head;
                    for (int i = 0; i < QUERIES; i++) {
                        float2 pair = pairOf(scores[i], products[i], logSumExps[lo + of], means[mo + of], scale, cap);
                        p[i * KEYS + item] = pair.x;
                        ds[i * KEYS + item] = pair.y;
                    }
                }
                barrier(CLK_LOCAL_MEM_FENCE);
                for (int d = item; d < size; d += KEYS) {
                    addChains(dk, ds, q + qo, keyWidth, row, count, positions, span[0] + block, valid, before + block,
                            width, head * size, window, d);
                    addChains(dv, p, dy + dyo, keyWidth, row, count, positions, span[0] + block, valid, before + block,
                            width, head * size, window, d);
                }
            }
        }
    }
}
