/// Tensors, kernels, the tape, the optimizer and random numbers.
///
/// [Ops][minarai.engine.Ops] is what models are written in. It checks shapes, asks [Kernels][minarai.engine.Kernels]
/// for the arithmetic, takes memory from a [Workspace][minarai.engine.Workspace], and notes on a
/// [Tape][minarai.engine.Tape] how gradients go back. [ReferenceKernels][minarai.engine.ReferenceKernels] defines every
/// operation in plain loops; [SimdKernels][minarai.engine.SimdKernels] computes the same bits fast, and
/// [OpenClKernels][minarai.engine.opencl.OpenClKernels] on a device: the same bits where its arithmetic is exact, which
/// [Qualification][minarai.engine.opencl.Qualification] tries for each kernel. Where numbers lie is the business of
/// [Memory][minarai.engine.Memory]: the heap, or a device's own.
///
/// ## Numerics, version 1
///
/// A result is a function of its inputs alone: not of the vector width, the number of threads, the blocking, the batch
/// that a sequence is in, or whether it is decoded with a cache. [Numerics#VERSION][minarai.engine.Numerics#VERSION]
/// says which definition this is; every run records it.
///
/// - All arithmetic is f32 and IEEE. A fused multiply-add is one rounding, and only what the reference writes as
///   `fma` is fused. A weight that is stored in 16 bits or fewer is exactly the f32 number that it stands for.
/// - An element of a matrix product is one accumulator, fused multiply-adds over ascending depth, from zero, or for
///   `+=` from the value that is there. Blocking may spill and reload it, never split it; vector lanes run across
///   outputs. The correction of an adapter is such a product from zero, then added by one fused multiply-add with its
///   scale.
/// - The gradient of a weight is such a chain over the tokens of all batches of a step, ascending; biases and gains
///   of norms add up likewise. Look-ups in a table add up token by token too, but after all products with the table.
///   So how samples are dealt out to batches does not change a bit of a gradient, not even of a tied embedding's.
/// - A reduction along a row (norms, softmax, cross-entropy, sums of squares) keeps 16 partial sums, element `i` going
///   to partial `i % 16`, and adds them as a tree: `i` and `i + 8`, `i` and `i + 4`, then 2, then 1.
/// - Attention visits a query's keys in ascending position, in blocks of 64 counted from the sequence's first position,
///   with a running maximum; within a block the exponentials are reduced as a row. Where a key's row lies does not
///   matter, so a sequence that shares a prefix has the bits of the whole one. The gradients of a key add up over the
///   spans that see it, within a span over the query heads of its group, and within a head over the queries, all
///   ascending; so the gradient of a shared key is one chain, and not a sum of the sums of several whole sequences.
/// - Cross-entropy is worked out row by row: the maximum, the exponentials reduced as a row, the logarithm. However
///   many rows have their logits in memory at once, the gradients of features are products, row by row, and that of
///   the head is one chain over all rows. The loss of a step adds the losses of rows in f64, batch by batch, and
///   divides each batch's sum by the number of targets; it is the one number of a step that may differ, by roundings
///   of f64, where samples are dealt out otherwise.
/// - The norm of all gradients adds, for each parameter, stretches of 4,096 numbers, each reduced as a row, in f64;
///   then these sums, parameter by parameter, in the order of the model.
/// - The mean of a row is its sum, reduced as a row, over the number of columns; its variance is the mean of the
///   squared differences from that mean, a second pass over the row and not the difference of two sums, divided by
///   the number of columns and not by one less.
/// - exp, log, tanh and sigmoid, and GELU through sigmoid, are polynomials on fused multiply-adds with errors
///   measured over all floats ([Functions][minarai.engine.Functions]); division and square root are IEEE.
/// - AdamW works out the factors of a step (clipping, decay, rate, corrections) in f64, rounds each to f32 once, and
///   then updates number by number as the reference has it. The rates of a schedule are f64.
/// - An angle of a rotary table is the position times the frequency in f64; its sine and cosine, polynomials in f64 on
///   fused multiply-adds, are below 2 ulp there, so below 0.50000001 ulp in the f32 table.
/// - What else is worked out in f64 uses `StrictMath`, whose bits the Java platform defines (those of fdlibm): the
///   frequencies of rotary tables, the powers of AdamW, the cosine of a schedule, normal random numbers.
/// - One task writes an output element. Random numbers are counter-based ([Philox][minarai.engine.Philox]): a number
///   depends on the seed, what it is for, a step and an index, and on no number drawn before. The first weights of
///   adapters and of the embedded model are keyed by the parameter's name, so that one more parameter leaves the others
///   as they are.
/// - Two NaNs are the same; which bits a NaN has is the processor's choice.
///
/// ## Decisions and their reasons
///
/// - **Own functions for what goes into every token, `StrictMath` for the rest.** No library gives the bits of an
///   exponential at every vector width, and other devices than the processor have no `StrictMath`. What is worked out
///   once a step or once a run stays with it: its bits are as fixed as those of a polynomial of our own.
/// - **Heap arrays.** The compiler keeps vector code on `float[]` at the machine's limit; memory segments in the same
///   loop cost a factor of three and more.
/// - **Generated tile kernels.** Only explicit local variables stay in registers, so the innermost product is
///   straight-line code for each number of rows, written by a small generator in the tests, which compare the files
///   with it. Strides are constants: with variables every read of the loop is checked and its place goes through
///   memory, a quarter of the time. Hence whatever does not lie so is packed, but for the rows of narrow tiles.
/// - **Vectors of known shape.** The compiler guesses the class of a vector that comes out of a loop from what it saw
///   in the whole program; where it guesses wrong often enough, vectors become objects, and a kernel is ten times
///   slower until the program ends. So results of loops are stored through a sum with a constant, and nearly all
///   kernels use the one widest shape; narrow tiles, which are worth it, are the exception.
/// - **Attention in tiles of queries.** A tile's rows are the queries of all heads that share keys, and scores lie as
///   keys x rows, so that softmax needs no sum along a vector and both products are tile products. Backward goes once
///   through the scores where heads and sequences give every thread enough to do; otherwise in two passes, by queries
///   and by keys, which compute the scores twice: seven products instead of five, but as many tasks as there are tiles.
///   Both ways every task owns what it writes, in the one order of sums, and no memory is taken for scores.
/// - **The compiler needs room for the kernels.** With Java's usual limits on the size of a compiled method it
///   sometimes leaves calls in the largest tiles, and a step takes three times as long. The launcher raises them
///   (`-XX:LiveNodeCountInliningCutoff`, `-XX:MaxNodeLimit`, `-XX:NodeLimitFudgeFactor`); whoever embeds the engine
///   should do the same.
/// - **Frozen weights are packed once** ([Panels][minarai.engine.Panels]) in the layout that the product reads, so
///   training, prefill and decode share one copy, as f32, bf16 or quantized. Stretches are expanded, and for the
///   backward product turned, into a piece of scratch memory that stays in the cache.
/// - **Memory by rehearsal.** A plan walks through the same code with kernels that compute nothing and tensors that
///   have no numbers; it cannot differ from the run.
/// - **The tape follows only what depends on a trained parameter**, so nothing is spent below the lowest adapter, and
///   no weight gradient is made for a frozen weight.
/// - **Gradients take the place of activations.** Going back, a tensor and its gradient are released once what made the
///   tensor is undone. Bias, rotation, adapters and the way back to the stream change their tensor in place. Norms and
///   gates are forgotten and made again, which costs less than a percent and saves a third of the memory; a segment can
///   be computed again as a whole.
/// - **Logits are never kept.** The loss of a head works through its rows in parts and turns the logits of each into
///   their gradient at once.
@NullMarked
package minarai.engine;

import org.jspecify.annotations.NullMarked;
