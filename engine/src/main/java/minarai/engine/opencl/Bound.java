package minarai.engine.opencl;

/// How far a kernel's results may be from those of the reference on a device that rounds as OpenCL allows it to; beyond
/// that the kernel is wrong.
///
/// OpenCL 1.2 (section 7.4) has sums, products and fused multiply-adds correctly rounded, a quotient within 2.5 units
/// of the last place and a square root within 3. So beside the reference a quotient is within 3 units, or 6u where u is
/// 2⁻²⁴ of the number, and a square root within 3.5, or 7u. The functions of our own are polynomials of fused
/// multiply-adds: 4u is left to drivers that reorder the exponential or the logarithm. A number that is 2u off may be
/// rounded the other way, so each later operation adds 2u; a root halves what came before. An error of c·u is one of at
/// most c units in the last place.
///
/// | kernels | what is off | units |
/// |---|---|---|
/// | products, copies, sums, gradients of gains, the others | numbers below the smallest normal one, lost | 1 |
/// | `divide` | a quotient | 3 |
/// | `rowNorms` | a root of what is exact | 4 |
/// | `rmsNorm` | quotient 6u, ε 2u, both halved by the root, root 7u, quotient 6u, two products 4u | 21 |
/// | `gatedUnit` | exponential 4u, 1+ 2u, quotient 6u, two products 4u | 16 |
/// | `gelu`, `gatedGelu` | sigmoid 12u, its argument 4u times 7 at most where it is seen, products 4u | 44 |
/// | `softCap` | quotient 6u, which tanh does not enlarge, inside it 8u, sums 4u, product 2u | 20 |
/// | `multiplySoftCapSlope` | twice a quotient squared: 12u of the square, which is up to twice the result; 4u | 28 |
/// | `addGatedUnitGradient` | sigmoid 12u times 1 + g(1 - 2s), up to 5.5 for the inputs tried; 14u | 80 |
/// | `addGeluGradient`, `addGatedGeluGradient` | sigmoid 12u times the slope of its argument, up to 27; 4u | 328 |
/// | `adamW` | root 7u, sum 2u, quotient 6u, sum 2u | 17 |
/// | `addRmsNormGradient` | quotient 6u, two products 4u, of a term up to 4 times the result; 4u | 44 |
/// | `layerNorm` | mean 6u, 1 / deviation 37u with the sum of 150 squares, of a term up to twice the result; 10u | 96 |
/// | `addLayerNormGradient` | two means 6u each, of terms up to twice the result; 6u | 30 |
/// | `crossEntropy` | exponentials 4u, their sum 27u, logarithm 20u, sums 32u; a unit of 1 is 2u | 42 |
/// | `toCrossEntropyGradient` | exponential 4u, product 2u | 6 |
/// | `attend` | capped scores 30u, exponentials 30u, their sum 23u, that of values 116u, 6u; 1.5 times | 308 |
/// | `addAttendGradient` | probabilities 30u, slope of the cap 28u, up to 116 terms 116u, 6u; up to twice | 360 |
///
/// Where terms can cancel each other, the unit is that of the greatest number of the tensor: how much is left of them
/// is chance. Otherwise it is that of the number expected, though never of less than a thousandth of the greatest.
///
/// @param ulps  units at the most
/// @param floor share of a tensor's greatest number below which units do not become smaller
/// @see <a href="https://registry.khronos.org/OpenCL/specs/opencl-1.2.pdf">OpenCL Specification 1.2, section 7.4</a>
record Bound(long ulps, double floor) {

    private static final double SMALL = 1e-3;

    /// Where nothing cancels.
    private static Bound each(long ulps) {
        return new Bound(ulps, SMALL);
    }

    /// Where terms can cancel each other.
    private static Bound ofGreatest(long ulps) {
        return new Bound(ulps, 1);
    }

    /// @param kernel named as the method of [minarai.engine.Kernels]
    /// @throws IllegalStateException for one whose bound nobody derived
    static Bound of(String kernel) {
        return switch (kernel) {
            case "multiplyTransposed", "addScaledProduct", "addProduct", "transposedProduct", "addTransposedProduct",
                    "embed", "sum", "scale", "addEmbeddingGradient", "storeRows", "addBias", "addColumnSums",
                    "columns", "addToColumns", "scaleColumns", "addScaledColumns", "addColumnProducts",
                    "addRmsNormGainGradient", "addLayerNormGainGradient", "sumOfSquares", "rotate" -> each(1);
            case "divide" -> each(3);
            case "rowNorms" -> each(4);
            case "rmsNorm" -> each(21);
            case "gatedUnit" -> each(16);
            case "gelu", "gatedGelu" -> each(44);
            case "softCap" -> each(20);
            case "multiplySoftCapSlope" -> ofGreatest(28);
            case "addGatedUnitGradient" -> ofGreatest(80);
            case "addGeluGradient", "addGatedGeluGradient" -> ofGreatest(328);
            case "adamW" -> ofGreatest(17);
            case "addRmsNormGradient" -> ofGreatest(44);
            case "layerNorm" -> ofGreatest(96);
            case "addLayerNormGradient" -> ofGreatest(30);
            case "crossEntropy" -> ofGreatest(42);
            case "toCrossEntropyGradient" -> ofGreatest(6);
            case "attend" -> ofGreatest(308);
            case "addAttendGradient" -> ofGreatest(360);
            default -> throw new IllegalStateException("no bound was derived for the kernel " + kernel);
        };
    }
}
