/// From checked pairs to an adapter: recipe, schedule, training.
///
/// Decisions and their reasons:
/// - **A recipe's keys stand once**, in [Recipe#of][minarai.train.Recipe#of], each with type, range and default. An
///   unknown key is an error that names the nearest known one: a misspelled learning rate must not train with the
///   default.
/// - **What is not supported is refused**, not ignored: a dropout above 0, a precision other than f32, a backend that
///   is neither the CPU nor an OpenCL device of this machine.
/// - **The last step still learns.** The schedule ends at a tenth of the peak by default, and the first step has no
///   rate of 0 unless that is asked for (`zero_first_step`), so that no step of a short run is spent on nothing.
/// - **A run without a pair is trained, not estimated.** A pair's place follows from its id, and steps, warm-up and the
///   share that is held out are resolved in the record, so up to the first step that saw a pair a run without it is the
///   same run. [CommonStart][minarai.train.CommonStart] does not assume this but compares each step with the ledger;
///   where a held-out pair comes back because its near-repetition is forgotten, training begins anew. What follows is
///   computed by the code that trains any run: into a folder ([Erasure][minarai.train.Erasure]), which at any instant
///   is that of a run that was stopped, or in memory ([Retraining][minarai.train.Retraining]), for
/// [Influence][minarai.train.Influence].
/// - **What is forgotten is a key of the recipe** (`forget`), so the erased run and one that was told from the start to
///   leave the pair out have one record and one ledger. The record has the pair's id and, as `forgotten ID`, the hash
///   of its words, which tells that it was this pair; whoever can guess the words of a very short pair can confirm the
///   guess by it. A hash of all pairs that are left (`pairs`) stands there too: with it the row may be deleted from the
///   file, and the run can still be replayed.
/// - **A step's line vouches for 768 stretches of the weights at the most** (48 MiB), the next ones at each step. To
///   hash all of a model whose every weight is trained took an eighth of a step of GPT-2 on 256 tokens, as SHA-256
///   takes in 1.3 GB a second and thread; sixteen stretches side by side in a vector's lanes gave 2. A weight that a
///   step computes with shows at once all the same, in the step's loss and its gradient's norm. What a step does not
///   compute with can differ unseen until its turn comes: a row of the embedding that no token of the step looks up and
///   no tied head multiplies, at most `leaves / 768` steps, rounded up. The opening and the closing line always have
/// all.
/// - **Progress is data.** Training tells a [Progress][minarai.train.Progress] what it reached; only a command prints.
@NullMarked
package minarai.train;

import org.jspecify.annotations.NullMarked;
