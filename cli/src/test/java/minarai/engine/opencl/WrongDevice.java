package minarai.engine.opencl;

import java.util.HashMap;
import java.util.Map;
import minarai.engine.Workers;

/// A device that computes one kernel wrongly: `scale` leaves the last number as it was. It stands in the kernels'
/// package because only there may kernels be built from other sources.
public final class WrongDevice {

    private WrongDevice() {
    }

    public static OpenClKernels on(Device device, Workers workers) {
        Map<String, String> texts = new HashMap<>(Sources.ofBuild().texts());
        texts.computeIfPresent("elements", (name, text) -> text.replace("factor * y[yo + i]",
                "(i < n - 1 ? factor : 1.0f) * y[yo + i]"));
        return OpenClKernels.on(device, workers, new Sources(texts, ""), Answers.ofDriver());
    }
}
