/// What training refuses, before it spends anything.
///
/// Decisions and their reasons:
/// - **A refusal, not a warning.** An empty mask, an end that is never learned or a test item in the training data
///   ruins a run without a sound. Each rule is a [Check][minarai.train.check.Check] over the examples as the model will
///   see them; all are asked, so one run shows all that is wrong.
/// - **An override has a name** (`allow=missing_end`) and comes back in the [Verdict][minarai.train.check.Verdict], to
///   be written into the run's record. An unknown name is an error: a misspelled override must not look like one.
/// - **What an override does is what makes sense of it.** A pair that is too long or has no target is left out; with
///   `prompt_prefix` the answer's words are the targets; everything else is trained as it is.
/// - **Test items may lie in other files.** `test=FILE,FILE` in a recipe names them; they are compared with the
///   training pairs and with nothing else, and never rendered.
/// - **An answer is never cut.** An example that is too long is refused or, where that is allowed, left out whole. The
///   prompt is not cut either: an instruction without its end is another instruction.
/// - **Near-duplicates are counted in 13-grams of words**, as is usual since Brown et al. 2020, appendix C, but one
///   shared 13-gram condemns nothing: half of a passage's must occur in a single example, and those that occur in more
///   than ten examples are a template's boilerplate and do not count. Passages of fewer than 13 words must be equal.
@NullMarked
package minarai.train.check;

import org.jspecify.annotations.NullMarked;
