package minarai.bench;

/// A rate that this machine cannot exceed, measured afresh at each call in about ten milliseconds.
///
/// It is probed before and after whatever is timed: the machine may be shared, and a rate says something only as a
/// fraction of what the machine could do at that moment.
public interface Ceiling {

    /// Which ceiling it is.
    enum Kind {
        /// Fused multiply-adds of f32, in GFLOP/s, two operations each.
        COMPUTE(0.93, 0.05),
        /// Bytes read from memory, in GB/s. It has periods of minutes at other levels, and varies more from one probe
        /// to the next.
        READ(0.5, 0.1);

        private final double fallen;
        private final double changed;

        Kind(double fallen, double changed) {
            this.fallen = fallen;
            this.changed = changed;
        }

        /// A probe below this part of the best one of the run says that the machine was busy.
        double fallen() {
            return fallen;
        }

        /// Two probes that differ by more than this part say that something changed in between.
        double changed() {
            return changed;
        }
    }

    Kind kind();

    /// Units of 10⁹ a second: floating-point operations or bytes.
    double measure();
}
