// Causal attention. See attention.cl.

ATTENTION attend(global const float *q, int qo, global const float *k, int ko, global const float *v, int vo,
        global const int *spans, int so, int spanCount, int heads, int group, int size, int window,
        float scale, float cap, global float *y, int yo, global float *logSumExps, int lo, local float *output) {
    local float keys[CHUNK * STRIDE];
    local float few[QUERIES * CHUNK];
    local float p[QUERIES * KEYS];
    local float partials[KEYS];
    local float maximum[QUERIES], sums[QUERIES], shrink[QUERIES];
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
