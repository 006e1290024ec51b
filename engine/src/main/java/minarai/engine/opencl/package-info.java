/// The kernels on an OpenCL device: [Devices][minarai.engine.opencl.Devices] finds it,
/// [OpenClKernels][minarai.engine.opencl.OpenClKernels] computes on it, and
/// [Qualification][minarai.engine.opencl.Qualification] tells how far it can be trusted. The kernels themselves are in
/// the resources beside, one file a family, each kernel named as the method of [Kernels][minarai.engine.Kernels] (but
/// for `turn`, because OpenCL has a function called `rotate`).
///
/// ## Decisions and their reasons
///
/// - **The numerics are those of the CPU.** Contraction is off, what is fused is written as `fma`, products are one
///   chain over ascending depth through all tiles, rows are reduced by 16 work-items as the tree of 16 partial sums,
///   the exponential and its like are the same polynomials, and nothing is built with relaxed mathematics. Where
///   division and square root are correctly rounded, which is asked for where a driver has it, every kernel gives the
///   bits of the reference; what a driver makes of it is not believed but tried, kernel by kernel.
/// - **Stretches of the depth are not filled up.** `fma(0, b, sum)` turns a sum of `-0` into `+0` and one with an
///   infinity into NaN.
/// - **A device's copy mirrors an array, by identity.** Tensors are stretches of arrays; the first kernel that meets an
///   array brings it over whole, and from then on the copy counts. Host and device meet only in
///   [Memory][minarai.engine.Memory]: `upload` after the host wrote, `download` before it reads. A block of a workspace
///   has no numbers on the heap at all, so that reading it there fails at once instead of giving what was.
/// - **Mirrors live as long as what they mirror**, known by weak references, because arrays have no end of their own;
///   blocks of workspaces are released when they are outgrown, and all that a piece of work took when its lease ends:
///   kernels that serve one run after the other do not wait for the heap to find what is gone. Before memory is said to
///   be short the heap is asked to find what is gone. What a training step needs is made before the first step, and
///   written once, because drivers take memory when it is first written.
/// - **Packed weights keep the layout of the CPU.** A panel has 32 outputs side by side for one input after the other:
///   that is what the items of a group read together, in products as in decoding. f32 weights that are all f16 numbers,
///   as those of f16 checkpoints are, lie as f16 on the device: half the memory, and not a bit of difference.
/// - **Attention is fused** in blocks of 64 keys, as the numerics have them: scores, exponentials and sums of 8 queries
///   stay in local memory. Its gradient computes the scores twice, once by queries and once by keys, so that each
///   work-group owns what it writes; there are no atomics anywhere.
/// - **Tiles are tuned on the device itself**, a few candidates for each shape of product, in seconds; no tile changes
///   a bit, so the choice is not part of a run's record.
/// - **A device that is lost is not believed again.** Whatever a driver answers to reading, writing or waiting but
///   success means that nobody knows what the kernels before it left; from then on every command fails with the same
///   sentence, so that nothing computed by half goes into a run's record. A launch that is refused is about that kernel
///   alone.
/// - **Each command that is not waited for is asked how it ended**, at the next read or wait
///   ([Pending][minarai.engine.opencl.Pending]): drivers may call a wait a success though a kernel before it failed.
/// - **No tensor cores yet.** Products in bf16 or tf32 would be another precision, which a run must name; they wait for
///   a device on which they can be tried.
/// - **Whole numbers go through a ring.** Ids, positions and spans are small and new for every call; a ring in the
///   device's memory lets them be written without waiting for the kernels before.
@NullMarked
package minarai.engine.opencl;

import org.jspecify.annotations.NullMarked;
