package minarai.engine.opencl;

import java.util.List;
import java.util.function.Function;
import minarai.engine.Kernels;
import minarai.engine.Tensor;

/// An operation on inputs of its own, at an awkward size, that kernels and the reference are compared by.
///
/// @param kernel the operation's name
/// @param size   for messages
/// @param bound  how far its results may be from the reference's
/// @param run    makes inputs, computes, and gives what was written
record Trial(String kernel, String size, Bound bound, Function<Kernels, List<Tensor>> run) {
}
