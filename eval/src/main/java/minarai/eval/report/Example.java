package minarai.eval.report;

/// An answer before and after.
public record Example(String question, String expected, String before, String after) {
}
