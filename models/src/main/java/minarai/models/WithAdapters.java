package minarai.models;

import minarai.engine.Parameter;

/// Weights with an adapter around the linear layers it names: the one place where adapters attach.
public record WithAdapters(Weights base, Adapter adapter) implements Weights {

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        return adapter.instead(name, base.matrix(name, rows, columns));
    }

    @Override
    public Parameter vector(String name, int size) {
        return adapter.instead(name, base.vector(name, size));
    }

    @Override
    public Linear linear(String path, int inputs, int outputs, boolean hasBias) {
        Linear linear = adapter.isSaved(path) ? Weights.super.linear(path, inputs, outputs, hasBias)
                : base.linear(path, inputs, outputs, hasBias);
        return adapter.around(path, linear, inputs, outputs);
    }
}
