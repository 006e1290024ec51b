package minarai.eval.report;

/// How a figure came about.
///
/// @param signature everything that decides it; empty for a note
public record Method(String name, String explanation, String signature) {
}
