/// The data desk: what happens to instruction/answer pairs before a run sees them.
///
/// Decisions and their reasons:
/// - **A desk reads leniently, a run strictly.** [minarai.train.data] refuses a blank answer; the desk has to look at
///   it and say what is wrong. So an [Entry][minarai.train.desk.Entry] may be blank or lack its answer, but its keys
///   and types must fit.
/// - **One schema comes out**: turns of `{role, content}`, as `messages` where an answer is given, as `prompt`,
///   `chosen`, `rejected` where one answer is preferred, as `prompt`, `completion`, `label` where an answer is judged.
///   All other keys (a category, a source, tools) are kept as they came.
/// - **Every entry knows where it came from.** `origin` is the file and line it was first read at and survives any
///   number of conversions; its id is the row's own, or else a hash of the content, so it does not depend on the row's
///   place. Of several entries with one content the second is `h-2`, as in [minarai.train.data.Dataset].
/// - **Importing is a stream.** What stays of an entry is a few bytes by which its id is known again
///   ([Ids][minarai.train.desk.Ids]), so a file of ten gigabytes needs a few hundred megabytes. Looking for
///   near-duplicates needs all texts at once and is the only thing that does ([minarai.train.desk.scan]).
/// - **Headings are known in English and Japanese**; a row's question and answer may come under any pair of them
///   ([Headings][minarai.train.desk.Headings]). Two headings for the same thing in one row are refused.
@NullMarked
package minarai.train.desk;

import org.jspecify.annotations.NullMarked;
