/// Timings of what a run really calls, stated as fractions of what the machine could do at that moment.
///
/// Decisions and their reasons:
/// - **A rate is a fraction of a ceiling** that is probed right before and right after it in the same process
///   ([FmaPeak][minarai.bench.FmaPeak], [ReadBandwidth][minarai.bench.ReadBandwidth]): machines are shared, and their
///   clocks and memory change by the minute.
/// - **Disturbed samples are dropped and counted**: where a probe of the peak fell below .93 of the best of the run,
///   where the two probes around a sample differ by over 5 % (10 % for memory, whose level changes by the minute), and
///   where other processes or guests had over 4 % of the cores during a long sample. What is left is reported by its
///   median.
/// - **Contenders take turns**, so that a slow minute hits all of them alike.
/// - **Agreement comes before timing**: a product is compared with
///   [ReferenceKernels][minarai.engine.ReferenceKernels] bit for bit before it is timed.
/// - **Steps are those of a run**: [TrainingRate][minarai.bench.TrainingRate] starts the run that `tune` starts, and
///   takes the time between its steps.
/// - **Only necessary work is counted** ([Work][minarai.bench.Work]): whoever computes more than that has a lower
///   fraction.
/// - **Peers are found by a service loader**, here alone ([Peer][minarai.bench.Peer]), since the product must not name
///   them.
/// - **JMH's benches lie among the tests** of this module: they are for the developer of a kernel, and the command does
///   not carry JMH. To run them, from the root of the project:
///
/// ```
/// mvn -pl bench -am -DskipTests package dependency:copy-dependencies -DincludeScope=test
/// java -cp "bench/target/test-classes:bench/target/classes:bench/target/dependency/*" org.openjdk.jmh.Main NormBench
/// ```
@NullMarked
package minarai.bench;

import org.jspecify.annotations.NullMarked;
