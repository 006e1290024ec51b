/// Scores of a single answer against its expected answers, and likelihoods.
///
/// Decisions:
/// - **A normalisation is a list of named steps**, and the signature of a metric is that list written out, as sacrebleu
///   does. Two scores with different signatures are not comparable, and the reader can see it.
/// - **Python's rules for punctuation and blanks** where a metric claims to be SQuAD's: `string.punctuation` is ASCII
///   only, `str.split` splits at Unicode white space. Java's `\s` and `\b` are neither, so they are not used.
/// - **Japanese has no blanks**: with words as tokens F1 would be exact match. The character form compares code points
///   after NFKC (full-width digits and half-width kana become one), drops Unicode punctuation (。「」) and all blanks,
///   and says so in its signature.
/// - **The cut into tokens is a value of its own** ([Words][minarai.eval.metric.Words]): the customary one of ROUGE
///   knows ASCII only, so that two equal Japanese sentences share nothing. It is kept because published figures rest on
///   it; characters and runs of one script stand beside it.
/// - **A measure that means nothing alone comes with what it is read against**: similarity of embeddings with that of
///   shuffled pairs, refusals of what should be refused with refusals of what should not.
@NullMarked
package minarai.eval.metric;

import org.jspecify.annotations.NullMarked;
