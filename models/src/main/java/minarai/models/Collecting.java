package minarai.models;

import java.util.ArrayList;
import java.util.List;
import minarai.engine.Parameter;

/// Weights that remember what was asked for, in that order.
public final class Collecting implements Weights {

    private final Weights base;
    private final List<Parameter> parameters = new ArrayList<>();

    public Collecting(Weights base) {
        this.base = base;
    }

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        return keep(base.matrix(name, rows, columns));
    }

    @Override
    public Parameter vector(String name, int size) {
        return keep(base.vector(name, size));
    }

    private Parameter keep(Parameter parameter) {
        parameters.add(parameter);
        return parameter;
    }

    public List<Parameter> parameters() {
        return List.copyOf(parameters);
    }
}
