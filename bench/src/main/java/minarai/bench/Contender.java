package minarai.bench;

/// Something to be timed.
///
/// @param name  unique among its contenders
/// @param units floating-point operations or bytes of one call, in 10⁹
/// @param work  one call
record Contender(String name, double units, Runnable work) {
}
