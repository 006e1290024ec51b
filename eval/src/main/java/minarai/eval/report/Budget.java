package minarai.eval.report;

/// A quantity that was planned before the run and measured after it.
///
/// @param what     e.g. `Peak memory`
/// @param unit     e.g. `MB`
/// @param planned  in that unit
/// @param measured in that unit
public record Budget(String what, String unit, double planned, double measured) {
}
