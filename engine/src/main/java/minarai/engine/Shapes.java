package minarai.engine;

/// The checks of shapes before kernels run, with sentences that say what was needed.
final class Shapes {

    private Shapes() {
    }

    static void positive(int rows, int columns) {
        if (rows < 0 || columns < 0) {
            throw new IllegalArgumentException("a matrix of %d x %d: no dimension can be negative"
                    .formatted(rows, columns));
        }
    }

    static void linear(Tensor x, Parameter weight) {
        int inputs = weight.value().columns();
        if (x.columns() != inputs) {
            throw new IllegalArgumentException(("linear %s: input is %s but the weight is %d x %d (outputs x inputs); "
                    + "the input needs %d columns, not %d. Does config.json belong to these weights?").formatted(
                    weight.name(), x, weight.value().rows(), inputs, inputs, x.columns()));
        }
    }

    static void vector(String operation, Tensor x, Parameter vector) {
        if (vector.value().rows() != 1 || vector.value().columns() != x.columns()) {
            throw new IllegalArgumentException("%s %s: input is %s, so the vector must be 1 x %d, not %d x %d"
                    .formatted(operation, vector.name(), x, x.columns(), vector.value().rows(),
                            vector.value().columns()));
        }
    }

    static void norm(Tensor x, Parameter gain) {
        int size = gain.value().columns();
        if (gain.value().rows() != 1 || size < 1 || x.columns() % size != 0) {
            throw new IllegalArgumentException(("rmsNorm %s: input is %s, so the gain must be 1 x %d, or 1 x a divisor "
                    + "of it, not %d x %d").formatted(gain.name(), x, x.columns(), gain.value().rows(), size));
        }
    }

    static void same(String operation, Tensor x, Tensor y) {
        if (x.rows() != y.rows() || x.columns() != y.columns()) {
            throw new IllegalArgumentException("%s: %s and %s must have the same shape".formatted(operation, x, y));
        }
    }

    static void same(String operation, Tensor x, int rows, int columns) {
        if (x.rows() != rows || x.columns() != columns) {
            throw new IllegalArgumentException("%s: %s must be %d x %d".formatted(operation, x, rows, columns));
        }
    }

    static void different(String operation, Tensor x, Tensor y) {
        if (x == y) {
            throw new IllegalArgumentException("%s: a tensor of %s cannot be added to itself in place"
                    .formatted(operation, x));
        }
    }

    static void ids(Parameter table, int[] ids) {
        for (int id : ids) {
            if (id < 0 || id >= table.value().rows()) {
                throw new IllegalArgumentException(("embed %s: token id %d is outside the vocabulary of %d. Does the "
                        + "tokenizer belong to this model?").formatted(table.name(), id, table.value().rows()));
            }
        }
    }

    static void rows(String operation, Tensor x, int[] rows) {
        for (int row : rows) {
            if (row < 0 || row >= x.rows()) {
                throw new IllegalArgumentException("%s: row %d is outside a tensor of %s"
                        .formatted(operation, row, x));
            }
        }
    }

    static void columns(Tensor x, int first, int count) {
        if (first < 0 || count < 0 || first > x.columns() - count) {
            throw new IllegalArgumentException("columns: %d columns from column %d of a tensor of %s"
                    .formatted(count, first, x));
        }
    }

    static void store(Tensor x, int[] rows, Tensor target) {
        if (x.rows() != rows.length || x.columns() != target.columns()) {
            throw new IllegalArgumentException("store: %s cannot go to %d rows of a tensor of %s"
                    .formatted(x, rows.length, target));
        }
        rows("store", target, rows);
    }

    static void labels(int rows, int vocabulary, int[] labels) {
        if (labels.length != rows) {
            throw new IllegalArgumentException("cross-entropy: %d labels for %d rows of logits".formatted(labels.length,
                    rows));
        }
        for (int label : labels) {
            if (label < 0 || label >= vocabulary) {
                throw new IllegalArgumentException("cross-entropy: label %d is outside the vocabulary of %d"
                        .formatted(label, vocabulary));
            }
        }
    }

    static void rotate(Tensor x, Rotation rotation, int[] positions) {
        int size = rotation.headSize();
        if (x.columns() % size != 0 || positions.length != x.rows()) {
            throw new IllegalArgumentException("rotate: input is %s with %d positions; its columns must be a multiple "
                    .formatted(x, positions.length) + "of the head size " + size);
        }
        for (int position : positions) {
            if (position < 0 || position >= rotation.positions()) {
                throw new IllegalArgumentException(("rotate: position %d is outside the %d positions the model has. "
                        + "Shorten the text, or the number of new tokens.").formatted(position, rotation.positions()));
            }
        }
    }

    static void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads) {
        if (q.columns() != heads.queryColumns() || k.columns() != heads.keyColumns()
                || v.columns() != heads.keyColumns() || k.rows() != v.rows()) {
            throw new IllegalArgumentException("attend: queries %s, keys %s and values %s do not divide into %s"
                    .formatted(q, k, v, heads));
        }
        int queries = 0;
        for (Span span : spans) {
            if (span.firstQuery() < queries) {
                throw new IllegalArgumentException(("attend: %s begins before query %d, where the span before it ends; "
                        + "spans must be in the order of their queries, each query in one").formatted(span, queries));
            }
            if (span.firstQuery() > q.rows() - span.queries() || span.firstKey() > k.rows() - span.own()
                    || span.firstShared() > k.rows() - span.shared()) {
                throw new IllegalArgumentException("attend: %s is outside queries %s and keys %s"
                        .formatted(span, q, k));
            }
            queries = span.firstQuery() + span.queries();
        }
    }
}
