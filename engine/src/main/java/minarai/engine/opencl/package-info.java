/// The kernels on an OpenCL device.
@NullMarked
package minarai.engine.opencl;

import org.jspecify.annotations.NullMarked;
