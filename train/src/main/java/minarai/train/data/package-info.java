/// Instruction/answer pairs from files, and which of them are trained on, when, and which are held out.
///
/// Decisions and their reasons:
/// - **The content says what a file is, not its name.** Pairs travel as JSON lines, JSON arrays, CSV and TSV in half a
///   dozen schemas, and the ending of the name is often wrong; keys are not. One file holds one schema: a mixture is
///   nearly always two files put together by accident, so it is refused with both places.
/// - **Text is kept as it is written.** No trimming, no Unicode normalisation: what is trained is what is in the file.
///   The two exceptions are named: `instruction` and `input` become one turn with a blank line between them, and the
///   end of a line inside a CSV cell is a line feed.
/// - **UTF-8 or nothing.** A lenient decoder would train on U+FFFD without a word. The byte at fault is named, with the
///   command that converts the file.
/// - **Everything is bounded.** A line, and a row of several lines, has at most 100 MB; JSON nests at most 32 deep.
/// - **Keys that would change the conversation are never ignored** (`tools`, `tool_calls`, a misspelled `input`); other
///   keys, such as a source or a category, are, and their names are reported in
///   [Dataset#ignoredKeys()][minarai.train.data.Dataset#ignoredKeys()].
/// - **An example is known by its id, never by its row**: the file's id, or else a hash of the content, in which
///   repetitions of one content are counted. Which copy has which number does not matter, for they are the same.
/// - **No example decides about another.** Whether one is held out follows from the seed, the share and its own
///   question ([Split][minarai.train.data.Split]); its place in an epoch from the seed, the epoch and its own id
///   ([EpochOrder][minarai.train.data.EpochOrder]). So sorting the file changes nothing, and with the same number of
///   steps and the same share a run without a pair sees, up to the step that would have seen it first, the same pairs
///   in the same steps as a run with it ([Deal][minarai.train.data.Deal]): an exact erasure can begin there. A share of
///   the rows, counted, would not give that, because one row less can move the border.
@NullMarked
package minarai.train.data;

import org.jspecify.annotations.NullMarked;
