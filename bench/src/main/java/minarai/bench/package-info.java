/// Timings with JMH of what a run really calls: the three products of a linear layer at the shapes of models people
/// have, and a training step of the embedded model. Before anything is timed, the result is compared with the
/// reference.
///
/// Run `java -cp "bench/target/*:bench/target/lib/*" org.openjdk.jmh.Main` after `mvn -DskipTests package`. Figures
/// stand in `bench/RESULTS.md` with the machine and the command.
@NullMarked
package minarai.bench;

import org.jspecify.annotations.NullMarked;
