package minarai.engine.opencl;

/// What was found about a kernel of a device.
///
/// @param kernel  named as the method of [minarai.engine.Kernels]
/// @param outcome whether its results are those of the reference
/// @param ulps    the greatest distance, in units of the last place of the number expected, among numbers that are not
///                below a thousandth of the greatest of their tensor; 0 where all are equal
/// @param reason  where it failed, at which size and how; empty otherwise
public record Finding(String kernel, Outcome outcome, long ulps, String reason) {

    /// How a kernel's results compare with the reference's.
    public enum Outcome {
        /// Every bit is the same.
        EQUAL,
        /// Rounded otherwise here and there, within [Qualification#MOST_ULPS].
        CLOSE,
        /// Further off, or the kernel does not run.
        FAILED
    }
}
