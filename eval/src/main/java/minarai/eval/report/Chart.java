package minarai.eval.report;

import java.util.List;

/// Curves with common axes.
///
/// @param title     e.g. `Loss`
/// @param unit      of the values, e.g. `nats per token`
/// @param stepsName what the horizontal axis counts, e.g. `step`
/// @param fromZero  whether the vertical axis begins at zero
public record Chart(String title, String unit, String stepsName, boolean fromZero, List<Curve> curves) {

    public Chart {
        curves = List.copyOf(curves);
    }
}
