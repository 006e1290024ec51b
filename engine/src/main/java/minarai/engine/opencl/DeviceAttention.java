package minarai.engine.opencl;

import java.util.Arrays;
import minarai.engine.Heads;
import minarai.engine.Span;
import minarai.engine.Tensor;

/// Attention and its gradient; how the work is cut is told in `attention.cl`.
final class DeviceAttention {

    private static final String QUERY_GRADIENT = "attendQueryGradient";
    /// Queries, or for the gradients of keys keys, of a work-group.
    private static final int QUERIES = 8;
    /// Keys of a block, and work-items of a group.
    private static final int KEYS = 64;
    private static final int SPAN = 6;

    private final DeviceMemory memory;
    private final Programs programs;

    DeviceAttention(DeviceMemory memory, Programs programs) {
        this.memory = memory;
        this.programs = programs;
    }

    private Call call(String file, String name) {
        return new Call(memory, name, programs.kernelOfAttention(file, name));
    }

    void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps) {
        int[] work = work(spans);
        Call call = call("attend", "attend").tensor(q).tensor(k).tensor(v).ints(work).count(spans.length);
        shaped(call, heads).tensor(y).tensor(logSumExps).local(QUERIES * heads.size())
                .run(groups(work, spans), heads.heads(), KEYS, 1);
    }

    void addGradient(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps,
            Tensor dq, Tensor dk, Tensor dv) {
        int rows = q.rows() * heads.heads();
        Tensor means = memory.scratch(rows);
        call(QUERY_GRADIENT, "attendMeans").tensor(dy).tensor(y).count(heads.size()).tensor(means).count(rows)
                .run(OpenClKernels.rowGroups(rows), 1, OpenClKernels.ROW_ITEMS, 1);
        int[] work = work(spans);
        Call queries = call(QUERY_GRADIENT, "attendQueryGradient").tensor(dy).tensor(q).tensor(k).tensor(v)
                .ints(work).count(spans.length);
        shaped(queries, heads).tensor(logSumExps).tensor(means).tensor(dq)
                .run(groups(work, spans), heads.heads(), KEYS, 1);
        Call keys = call("attendKeyGradient", "attendKeyGradient").tensor(dy).tensor(q).tensor(k).tensor(v)
                .ints(work).count(spans.length);
        shaped(keys, heads).tensor(logSumExps).tensor(means).tensor(dk).tensor(dv).count(k.rows())
                .run(Math.ceilDiv(k.rows(), QUERIES), heads.keyValueHeads(), KEYS, 1);
    }

    private static Call shaped(Call call, Heads heads) {
        return call.count(heads.heads()).count(heads.group()).count(heads.size()).count(heads.window())
                .number(heads.scale()).number(heads.cap());
    }

    /// The spans, then for each work-group a span and its first query there.
    private static int[] work(Span[] spans) {
        int groups = Arrays.stream(spans).mapToInt(span -> Math.ceilDiv(span.queries(), QUERIES)).sum();
        int[] work = new int[SPAN * spans.length + 2 * groups];
        int tile = SPAN * spans.length;
        for (int s = 0; s < spans.length; s++) {
            Span span = spans[s];
            int[] each = {span.firstQuery(), span.queries(), span.firstKey(), span.keys(), span.firstShared(),
                span.shared()};
            System.arraycopy(each, 0, work, SPAN * s, SPAN);
            for (int first = 0; first < span.queries(); first += QUERIES) {
                work[tile++] = s;
                work[tile++] = first;
            }
        }
        return work;
    }

    private static int groups(int[] work, Span[] spans) {
        return (work.length - SPAN * spans.length) / 2;
    }
}
