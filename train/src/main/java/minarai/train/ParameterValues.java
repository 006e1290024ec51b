package minarai.train;

import java.util.List;
import minarai.engine.Memory;
import minarai.engine.Parameter;
import minarai.engine.Tensor;

/// A copy of the values of some parameters, to be put back later.
///
/// @param memory where they lie
record ParameterValues(List<Parameter> parameters, List<float[]> values, Memory memory) {

    static ParameterValues of(List<Parameter> parameters, Memory memory) {
        return new ParameterValues(parameters, parameters.stream().map(each -> memory.download(each.tensor()).toArray())
                .toList(), memory);
    }

    void restore() {
        for (int i = 0; i < parameters.size(); i++) {
            Tensor target = parameters.get(i).tensor();
            System.arraycopy(values.get(i), 0, target.data(), target.offset(), values.get(i).length);
            memory.upload(target);
        }
    }
}
