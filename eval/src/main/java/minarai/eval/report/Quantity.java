package minarai.eval.report;

import java.util.Locale;

/// A number of unknown size for readers, to about four digits.
final class Quantity {

    private Quantity() {
    }

    static String of(double value) {
        double size = Math.abs(value);
        if (!Double.isFinite(value)) {
            return "not a number";
        }
        String format = size == 0 || size >= 1000 ? "%,.0f" : size >= 100 ? "%.1f" : size >= 10 ? "%.2f"
                : size >= 0.01 ? "%.3f" : "%.2e";
        return String.format(Locale.ROOT, format, value).replace("-", "−");
    }
}
