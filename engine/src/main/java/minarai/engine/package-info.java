/// Tensors, kernels, the tape, the optimizer and random numbers.
///
/// [Ops][minarai.engine.Ops] is what models are written in. It checks shapes, asks [Kernels][minarai.engine.Kernels]
/// for the arithmetic, takes memory from a [Workspace][minarai.engine.Workspace], and notes on a
/// [Tape][minarai.engine.Tape] how gradients go back. [ReferenceKernels][minarai.engine.ReferenceKernels] defines every
/// operation in plain loops; [SimdKernels][minarai.engine.SimdKernels] computes the same bits fast.
///
/// ## Numerics, version 1
///
/// A result is a function of its inputs alone: not of the vector width, the number of threads, the blocking, the batch
/// that a sequence is in, or whether it is decoded with a cache.
///
/// - All arithmetic is f32 and IEEE. A fused multiply-add is one rounding; nothing else is fused.
/// - An element of a matrix product is one accumulator, fused multiply-adds over ascending depth, from zero, or for
///   `+=` from the value that is there. Blocking may spill and reload it, never split it; vector lanes run across
///   outputs. So the weight gradients of two micro-batches are, bit for bit, those of one.
/// - A reduction along a row (norms, softmax, cross-entropy, sums of squares) keeps 16 partial sums, element `i` going
///   to partial `i % 16`, and adds them as a tree: `i` and `i + 8`, `i` and `i + 4`, then 2, then 1.
/// - Attention visits a query's keys in ascending position, in blocks of 64 counted from the sequence's first position,
///   with a running maximum; within a block the exponentials are reduced as a row. Where a key's row lies does not
///   matter, so a sequence that shares a prefix has the bits of the whole one. The gradients of a key add up over the
///   spans that see it, within a span over the query heads of its group, and within a head over the queries, all
///   ascending; so the gradient of a shared key is one chain, and not a sum of the sums of several whole sequences.
/// - The norm of all gradients adds stretches of 4,096 numbers, each reduced as a row, in f64, parameter by parameter.
/// - The mean of a row is its sum, reduced as a row, over the number of columns; its variance is the mean of the squared
///   differences from that mean, a second pass over the row and not the difference of two sums, divided by the number
///   of columns and not by one less.
/// - exp, log and sigmoid, and GELU through sigmoid, are polynomials on fused multiply-adds ([Functions][minarai.engine.Functions]); division and
///   square root are IEEE. Tables of rotary positions and the factors of AdamW and of the schedule are worked out in
///   f64 with `StrictMath`, whose bits do not depend on the machine.
/// - One task writes an output element. Random numbers are counter-based ([Philox][minarai.engine.Philox]).
///
/// ## Decisions and their reasons
///
/// - **Heap arrays.** The compiler keeps vector code on `float[]` at the machine's limit; memory segments in the same
///   loop cost a factor of three and more.
/// - **A generated tile kernel.** Only explicit local variables stay in registers, so the innermost product is
///   straight-line code for each number of rows, written by a small generator in the tests, which compare the file with
///   it.
/// - **Attention in tiles of queries.** A tile's rows are the queries of all heads that share keys, and scores lie as
///   keys x rows, so that softmax needs no sum along a vector and both products are tile products. Backward is two
///   passes, by queries and by keys, which compute the scores twice: seven products instead of five, but every task
///   owns what it writes, in the one order of sums, with as many tasks as there are tiles and no memory for scores.
/// - **The compiler needs room for the kernels.** With Java's usual limits on the size of a compiled method it sometimes
///   leaves calls in the largest tiles, and a step takes three times as long. The launcher raises them
///   (`-XX:LiveNodeCountInliningCutoff`, `-XX:MaxNodeLimit`, `-XX:NodeLimitFudgeFactor`); whoever embeds the engine should
///   do the same.
/// - **Frozen weights are packed once** ([Panels][minarai.engine.Panels]) in the layout that the product reads, so
///   training, prefill and decode share one copy, as f32, bf16 or quantized. Stretches are expanded, and for the backward
///   product turned, into a piece of scratch memory that stays in the cache.
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
