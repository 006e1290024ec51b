// What the kernels of causal attention have in common; each is in a file of its own. There is no matrix of scores. A
// work-group has QUERIES queries (or, for the gradients of keys, as many keys) of one head, and meets the other side in
// blocks of 64, a work-item for each; features go through local memory in stretches of CHUNK. See Kernels.attend for
// the order of all sums.
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
