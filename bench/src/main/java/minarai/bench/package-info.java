/// Timings of what a run really calls, stated as fractions of what the machine could do at that moment.
///
/// Decisions and their reasons:
/// - **A rate is a fraction of a ceiling** that is probed right before and right after it in the same process
///   ([FmaPeak][minarai.bench.FmaPeak], [ReadBandwidth][minarai.bench.ReadBandwidth]): machines are shared, and their
///   clocks and memory change by the minute.
/// - **Disturbed samples are dropped and counted**: where a probe fell below .93 of the best of the run, or the two
///   probes around a sample differ by over 5 %. What is left is reported by its median.
/// - **Contenders take turns**, so that a slow minute hits all of them alike.
/// - **Agreement comes before timing**: a product is compared with
///   [ReferenceKernels][minarai.engine.ReferenceKernels] bit for bit before it is timed.
/// - **JMH's benches lie among the tests** of this module: they are for the developer of a kernel, and the command does
///   not carry JMH.
@NullMarked
package minarai.bench;

import org.jspecify.annotations.NullMarked;
