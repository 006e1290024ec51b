// Causal attention, forward and backward, without a matrix of scores. A work-group has QUERIES queries (or, for the
// gradients of keys, as many keys) of one head, and meets the other side in blocks of 64, a work-item for each; features
// go through local memory in stretches of CHUNK. See Kernels.attend for the order of all sums.
#define QUERIES 8
#define KEYS 64
#define CHUNK 32
#define STRIDE (KEYS + 1)
#define ATTENTION kernel __attribute__((reqd_work_group_size(KEYS, 1, 1))) void

// A span: first query, queries, first key, keys, first shared, shared.
#define SPAN 6

int keyRow(global const int *span, int position) {
    return position < span[5] ? span[4] + position : span[2] + position - span[5];
}

// Position of a row within a span, or -1.
int positionOf(global const int *span, int row) {
    if (row >= span[4] && row < span[4] + span[5]) {
        return row - span[4];
    }
    return row >= span[2] && row < span[2] + span[3] - span[5] ? span[5] + row - span[2] : -1;
}

int firstVisible(int last, int window) {
    return max(0, last - (window - 1));
}

// Features `from` and on of QUERIES rows, row by row.
void stageFew(global const float *x, int columns, int first, int valid, int from, int count, local float *to) {
    for (int e = get_local_id(0); e < QUERIES * CHUNK; e += KEYS) {
        int i = e / CHUNK;
        int d = e % CHUNK;
        to[e] = i < valid && d < count ? x[(first + i) * columns + from + d] : 0.0f;
    }
}

// Features `from` and on of the keys of a block, feature by feature.
void stageBlock(global const float *x, int columns, global const int *span, int block, int last, int from, int count,
        local float *to) {
    for (int e = get_local_id(0); e < KEYS * CHUNK; e += KEYS) {
        int j = e / CHUNK;
        int d = e % CHUNK;
        to[d * STRIDE + j] = block + j <= last && d < count
                ? x[keyRow(span, block + j) * columns + from + d] : 0.0f;
    }
}

ATTENTION attend(global const float *q, int qo, global const float *k, int ko, global const float *v, int vo,
        global const int *spans, int so, global const int *tiles, int to, int heads, int group, int size, int window,
        float scale, float cap, global float *y, int yo, global float *logSumExps, int lo, local float *output) {
    local float keys[CHUNK * STRIDE];
    local float few[QUERIES * CHUNK];
    local float p[QUERIES * KEYS];
    local float partials[KEYS];
    local float maximum[QUERIES], sums[QUERIES], shrink[QUERIES];
    const int item = get_local_id(0);
    const int head = get_group_id(1);
    global const int *span = spans + so + tiles[to + 2 * get_group_id(0)] * SPAN;
    const int first = tiles[to + 2 * get_group_id(0) + 1];
    const int count = min(QUERIES, span[1] - first);
    const int row = span[0] + first;
    const int position = span[3] - span[1] + first;
    const int width = heads * size;
    const int keyWidth = heads / group * size;
    const int keyColumn = head / group * size;
    q += qo + head * size;
    k += ko + keyColumn;
    v += vo + keyColumn;
    if (item < QUERIES) {
        maximum[item] = -INFINITY;
        sums[item] = 0.0f;
    }
    for (int e = item; e < QUERIES * size; e += KEYS) {
        output[e] = 0.0f;
    }
    const int last = position + count - 1;
    for (int block = firstVisible(position, window) / KEYS * KEYS; block <= last; block += KEYS) {
        float scores[QUERIES];
        for (int i = 0; i < QUERIES; i++) {
            scores[i] = 0.0f;
        }
        for (int from = 0; from < size; from += CHUNK) {
            const int features = min(CHUNK, size - from);
            barrier(CLK_LOCAL_MEM_FENCE);
            stageFew(q, width, row, count, from, features, few);
            stageBlock(k, keyWidth, span, block, last, from, features, keys);
            barrier(CLK_LOCAL_MEM_FENCE);
            for (int d = 0; d < features; d++) {
                float key = keys[d * STRIDE + item];
                for (int i = 0; i < QUERIES; i++) {
                    scores[i] = fma(few[i * CHUNK + d], key, scores[i]);
                }
            }
        }
        const int at = block + item;
        for (int i = 0; i < QUERIES; i++) {
            float score = scores[i] * scale;
            if (cap < INFINITY) {
                score = cap * tangent(score / cap);
            }
            int isVisible = i < count && at <= position + i && at >= firstVisible(position + i, window);
            p[i * KEYS + item] = isVisible ? score : -INFINITY;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        const int lane = item % PARTIALS;
        local float *partial = partials + (item - lane);
        for (int base = 0; base < QUERIES; base += KEYS / PARTIALS) {
            const int i = base + item / PARTIALS;
            const int low = max(firstVisible(position + i, window), block);
            const int high = min(position + i, block + KEYS - 1);
            const int isHere = i < count && low <= high;
            float most = -INFINITY;
            for (int j = lane; j < KEYS; j += PARTIALS) {
                most = greater(most, p[i * KEYS + j]);
            }
            partial[lane] = most;
            const float before = maximum[i];
            const float now = greater(before, greatest(partial, lane));
            float sum = 0.0f;
            for (int j = lane; j < KEYS; j += PARTIALS) {
                if (isHere && block + j >= low && block + j <= high) {
                    p[i * KEYS + j] = exponential(p[i * KEYS + j] - now);
                    sum += p[i * KEYS + j];
                }
            }
            partial[lane] = sum;
            float all_ = tree(partial, lane);
            if (isHere && lane == 0) {
                shrink[i] = exponential(before - now);
                sums[i] = fma(sums[i], shrink[i], all_);
                maximum[i] = now;
            }
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        const int stop = min(last, block + KEYS - 1);
        for (int d = item; d < size; d += KEYS) {
            float total[QUERIES];
            for (int i = 0; i < QUERIES; i++) {
                const int isHere = i < count && max(firstVisible(position + i, window), block)
                        <= min(position + i, block + KEYS - 1);
                total[i] = isHere ? output[i * size + d] * shrink[i] : output[i * size + d];
            }
            for (int j = max(firstVisible(position, window), block); j <= stop; j++) {
                const float value = v[keyRow(span, j) * keyWidth + d];
                for (int i = 0; i < QUERIES; i++) {
                    if (i < count && j <= position + i && j >= firstVisible(position + i, window)) {
                        total[i] = fma(p[i * KEYS + j - block], value, total[i]);
                    }
                }
            }
            for (int i = 0; i < QUERIES; i++) {
                output[i * size + d] = total[i];
            }
        }
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (int e = item; e < count * size; e += KEYS) {
        int i = e / size;
        y[yo + (row + i) * width + head * size + e % size] = output[e] / sums[i];
    }
    if (item < count) {
        logSumExps[lo + (row + item) * heads + head] = maximum[item] + logarithm(sums[item]);
    }
}

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

// What a pair of a query and a key counts: its share of the attention, and the gradient of its score.
float2 pairOf(float score, float slope, float logSumExp, float mean, float scale, float cap) {
    const int isCapped = cap < INFINITY;
    float share = isCapped ? tangent(score * scale / cap) : 0.0f;
    float p = exponential(isCapped ? fma(share, cap, -logSumExp) : fma(score, scale, -logSumExp));
    float ds = p * (slope - mean) * scale;
    if (isCapped) {
        ds *= fma(-share, share, 1.0f);
    }
    return (float2)(p, ds);
}

ATTENTION attendQueryGradient(global const float *dy, int dyo, global const float *q, int qo, global const float *k,
        int ko, global const float *v, int vo, global const int *spans, int so, global const int *tiles, int to,
        int heads, int group, int size, int window, float scale, float cap, global const float *logSumExps, int lo,
        global const float *means, int mo, global float *dq, int dqo) {
    local float keys[CHUNK * STRIDE], values[CHUNK * STRIDE];
    local float few[QUERIES * CHUNK], fewSlopes[QUERIES * CHUNK];
    local float ds[QUERIES * KEYS];
    const int item = get_local_id(0);
    const int head = get_group_id(1);
    global const int *span = spans + so + tiles[to + 2 * get_group_id(0)] * SPAN;
    const int first = tiles[to + 2 * get_group_id(0) + 1];
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

// Features `from` and on of a block of queries, feature by feature.
void stageQueries(global const float *x, int columns, int first, int valid, int from, int count, local float *to) {
    for (int e = get_local_id(0); e < KEYS * CHUNK; e += KEYS) {
        int j = e / CHUNK;
        int d = e % CHUNK;
        to[d * STRIDE + j] = j < valid && d < count ? x[(first + j) * columns + from + d] : 0.0f;
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
                    float key[QUERIES], value[QUERIES];
                    for (int i = 0; i < QUERIES; i++) {
                        key[i] = i < count ? dk[(row + i) * keyWidth + d] : 0.0f;
                        value[i] = i < count ? dv[(row + i) * keyWidth + d] : 0.0f;
                    }
                    for (int j = 0; j < valid; j++) {
                        const int at = (span[0] + block + j) * width + head * size + d;
                        const int position = before + block + j;
                        const float slope = dy[dyo + at];
                        const float query = q[qo + at];
                        for (int i = 0; i < QUERIES; i++) {
                            if (positions[i] >= 0 && positions[i] <= position
                                    && positions[i] >= firstVisible(position, window)) {
                                value[i] = fma(p[i * KEYS + j], slope, value[i]);
                                key[i] = fma(ds[i * KEYS + j], query, key[i]);
                            }
                        }
                    }
                    for (int i = 0; i < QUERIES; i++) {
                        if (i < count) {
                            dk[(row + i) * keyWidth + d] = key[i];
                            dv[(row + i) * keyWidth + d] = value[i];
                        }
                    }
                }
            }
        }
    }
}
