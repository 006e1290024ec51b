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
/// - **An example is known by its id, never by its row.** Split and order follow a keyed hash of ids, so that sorting
///   the file, or erasing a pair from it, leaves the others in their order.
@NullMarked
package minarai.train.data;

import org.jspecify.annotations.NullMarked;
