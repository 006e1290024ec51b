/// Tensors, kernels, the tape, the optimizer and random numbers.
@NullMarked
package minarai.engine;

import org.jspecify.annotations.NullMarked;
