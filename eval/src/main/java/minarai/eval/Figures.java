package minarai.eval;

import java.util.Locale;

/// Numbers as readers see them; the same on every machine.
public final class Figures {

    private Figures() {
    }

    /// A share as percent without the sign, one decimal unless it is whole: `83.3`, `100`.
    public static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f", positiveZero(100 * share)).replaceFirst("\\.0$", "");
    }

    /// A difference of shares in percentage points with its sign: `+63.3`, `−4`, `0`.
    public static String points(double difference) {
        String size = percent(Math.abs(difference));
        return size.equals("0") ? size : (difference < 0 ? "−" : "+") + size;
    }

    /// A p-value after its relation sign: `= 0.14`, `< 0.0001`.
    public static String p(double p) {
        if (p < 0.0001) {
            return "< 0.0001";
        }
        String format = p < 0.001 ? "= %.4f" : p < 0.1 ? "= %.3f" : "= %.2f";
        return String.format(Locale.ROOT, format, p);
    }

    private static double positiveZero(double value) {
        return value == 0 ? 0 : value;
    }
}
