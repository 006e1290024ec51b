package minarai.cli;

/// Numbers with their units as people read them.
final class Figures {

    private Figures() {
    }

    /// `12 MB`, `1.4 GB`; a megabyte has 2²⁰ bytes.
    static String bytes(long bytes) {
        return bytes < 1 << 20 ? "%,d KB".formatted(Math.ceilDiv(bytes, 1 << 10))
                : bytes < 1L << 30 ? "%,d MB".formatted(Math.ceilDiv(bytes, 1 << 20))
                : "%.1f GB".formatted(bytes / (double) (1L << 30));
    }

    /// `1 pair`, `1,200 pairs`.
    static String count(long count, String noun) {
        return "%,d %s%s".formatted(count, noun, count == 1 ? "" : "s");
    }

    /// A p-value: `0.14`, `< 0.0001`.
    static String p(double p) {
        return minarai.eval.Figures.p(p).replaceFirst("^= ", "");
    }
}
