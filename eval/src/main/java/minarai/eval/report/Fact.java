package minarai.eval.report;

/// One line of provenance, e.g. `base` and its hash.
public record Fact(String name, String value) {
}
