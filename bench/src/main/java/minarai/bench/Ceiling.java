package minarai.bench;

/// A rate that this machine cannot exceed, measured afresh at each call in about ten milliseconds.
///
/// It is probed before and after whatever is timed: the machine may be shared, and a rate says something only as a
/// fraction of what the machine could do at that moment.
public interface Ceiling {

    /// Which ceiling it is.
    enum Kind {
        /// Fused multiply-adds of f32, in GFLOP/s, two operations each.
        COMPUTE,
        /// Bytes read from memory, in GB/s.
        READ
    }

    Kind kind();

    /// Units of 10⁹ a second: floating-point operations or bytes.
    double measure();
}
