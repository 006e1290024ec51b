package minarai.engine.opencl;

/// What was found about a kernel of a device.
///
/// @param kernel  named as the method of [minarai.engine.Kernels]
/// @param outcome whether its results are those of the reference
/// @param ulps    the greatest distance, in the units that [Bound] says; 0 where all are equal
/// @param reason  where it failed, at which size and how; empty otherwise
public record Finding(String kernel, Outcome outcome, long ulps, String reason) {

    /// How a kernel's results compare with the reference's.
    public enum Outcome {
        /// Every bit is the same.
        EQUAL,
        /// Rounded otherwise here and there, as far as [Bound] allows that kernel.
        CLOSE,
        /// Further off, or the kernel does not run.
        FAILED
    }
}
