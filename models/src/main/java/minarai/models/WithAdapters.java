package minarai.models;

import minarai.engine.Parameter;

/// Weights with an adapter around the linear layers it names: the one place where adapters attach.
public record WithAdapters(Weights base, Adapter adapter) implements Weights {

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        return base.matrix(name, rows, columns);
    }

    @Override
    public Parameter vector(String name, int size) {
        return base.vector(name, size);
    }

    @Override
    public Linear linear(String path, int inputs, int outputs, boolean hasBias) {
        return adapter.around(path, base.linear(path, inputs, outputs, hasBias), inputs, outputs);
    }
}
