/// From checked pairs to an adapter: recipe, schedule, training.
///
/// Decisions and their reasons:
/// - **A recipe's keys stand once**, in [Recipe#of][minarai.train.Recipe#of], each with type, range and default. An
///   unknown key is an error that names the nearest known one: a misspelled learning rate must not train with the
///   default.
/// - **What is not supported is refused**, not ignored: a dropout above 0, a precision other than f32, a backend other
///   than the CPU.
/// - **The last step still learns.** The schedule ends at a tenth of the peak by default, and the first step has no
///   rate of 0 unless that is asked for (`zero_first_step`), so that no step of a short run is spent on nothing.
/// - **Progress is data.** Training tells a [Progress][minarai.train.Progress] what it reached; only a command prints.
@NullMarked
package minarai.train;

import org.jspecify.annotations.NullMarked;
