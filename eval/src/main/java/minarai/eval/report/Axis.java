package minarai.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// An axis with ticks at round numbers (1, 2 or 5 times a power of ten).
///
/// @param low  the first tick
/// @param high the last tick
/// @param step between ticks
record Axis(double low, double high, double step) {

    /// The axis of about `ticks` ticks that covers the values.
    static Axis covering(double least, double most, int ticks) {
        double range = most > least ? most - least : Math.max(Math.abs(most), 1e-12);
        double low = most > least ? least : least - range / 2;
        double raw = range / ticks;
        double power = StrictMath.pow(10, Math.floor(StrictMath.log10(raw)));
        double ratio = raw / power;
        double step = power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
        return new Axis(step * Math.floor(low / step + 1e-9), step * Math.ceil((low + range) / step - 1e-9), step);
    }

    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        int count = (int) Math.min(20, Math.round((high - low) / step));
        for (int tick = 0; tick <= count; tick++) {
            ticks.add(low + tick * step);
        }
        return ticks;
    }

    /// Where a value lies, 0 at low and 1 at high.
    double position(double value) {
        return (value - low) / (high - low);
    }

    /// A tick in as many digits as tell it from its neighbours.
    String label(double tick) {
        if (Math.abs(tick) < step / 1e6) {
            return "0";
        }
        double size = Math.max(Math.abs(low), Math.abs(high));
        if (size < 1e-2 || size >= 1e6) {
            return String.format(Locale.ROOT, "%.1e", tick).replaceFirst("\\.0e", "e").replaceFirst("e([+-])0?", "e$1")
                    .replace("e+", "e").replace("-", "−");
        }
        int decimals = (int) Math.max(0, -Math.floor(StrictMath.log10(step) + 1e-9));
        return String.format(Locale.ROOT, "%,." + Math.min(decimals, 9) + "f", tick).replace("-", "−");
    }
}
