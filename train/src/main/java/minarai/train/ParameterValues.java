package minarai.train;

import java.util.List;
import minarai.engine.Parameter;
import minarai.engine.Tensor;

/// A copy of the values of some parameters, to be put back later.
record ParameterValues(List<Parameter> parameters, List<float[]> values) {

    static ParameterValues of(List<Parameter> parameters) {
        return new ParameterValues(parameters, parameters.stream().map(each -> each.tensor().toArray()).toList());
    }

    void restore() {
        for (int i = 0; i < parameters.size(); i++) {
            Tensor target = parameters.get(i).tensor();
            System.arraycopy(values.get(i), 0, target.data(), target.offset(), values.get(i).length);
        }
    }
}
