/// How alike two texts are, and which language one is in.
///
/// Decisions and their reasons:
/// - **Near-duplicates are found by MinHash and confirmed by counting.** 80 hashes in 16 bands of 5 bring two texts
///   together with probability `1 − (1 − s⁵)¹⁶` for a Jaccard similarity `s`: .998 at .8, .4 at .5 (Leskovec et al.,
///   Mining of Massive Datasets, chapter 3). What is reported has been compared in full
///   ([Resemblance][minarai.train.desk.text.Resemblance]).
/// - **Grams are of characters**: five, or three where most of the text is in a script without blanks. A slip of the
///   pen in a short question spoils half of its word trigrams, but few of its character grams.
/// - **Texts that differ in a number are different.** `37 + 5` and `38 + 5` share nearly all grams and nothing else.
/// - **ROUGE-L counts words without a stemmer**, as self-instruct does; in scripts without blanks a character is a
///   word.
/// - **A language is told by script and by its most frequent words**; where neither says enough the answer is
///   [UNKNOWN][minarai.train.desk.text.Language#UNKNOWN], and nothing is accused for that.
@NullMarked
package minarai.train.desk.text;

import org.jspecify.annotations.NullMarked;
