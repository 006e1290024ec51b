/// Whether an answer follows instructions that a rule can check (IFEval), in English and Japanese.
///
/// Decisions:
/// - **Verdicts are those of the published checkers**, oddities included: where they count `1.` of a list as a
///   sentence, so does this, because a figure is only worth something beside the published ones. Two parts of theirs
///   are trained on data that is not ours to ship, a sentence splitter and a language identifier; ours are rules and
///   lists written for this, and a test compares every verdict there is.
/// - **Keywords are text, not patterns.** The published checkers read them as regular expressions; a keyword with a
///   bracket would then mean something else, and a task file could hang the evaluation.
/// - **Japanese words are found without a dictionary**: a keyword counts where it does not go on in katakana or Latin
///   letters, and what a dictionary would cut in two is never one word, as in the published checkers.
/// - **Where the published checkers draw at random, a rule draws**: they take a random letter in place of a sign that
///   is none, and their language identifier samples. One verdict of theirs, on a text in capitals that repeats one
///   line, does not follow from a rule that gives the others; the test names it.
///
/// @see <a href="https://arxiv.org/abs/2311.07911">Zhou et al. 2023</a>
@NullMarked
package minarai.eval.ifeval;

import org.jspecify.annotations.NullMarked;
