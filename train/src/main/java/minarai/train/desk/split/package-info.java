/// Sets of pairs taken apart so that what is tested was not trained.
///
/// Decisions and their reasons:
/// - **A group goes to one side.** Rows of one group (a customer, a document; where no key is named, the same
///   question) and rows that are nearly the same are never on both sides, for the test would ask what was trained.
/// - **The side follows from the group's name, the seed and the shares**, by a keyed hash: the order of the rows and
///   the other groups play no part. Shares are therefore met about, not exactly. A group of several names that
///   near-copies tie together goes by the first of them in alphabetical order.
/// - **Whole families can be held out**, for the question whether a model learned to follow instructions or to do the
///   tasks it saw; they are a part of their own, beside the test.
/// - **The test is frozen by its hash** in `split.json`, and every read of a frozen part through the command is a line
///   of `split.access.jsonl`: when, who, with which command; a symbolic link to the part is followed. Each line carries
///   the hash of the one before, the first that of `split.json`. Choosing a model by its test score does not become
///   impossible, but it can no longer be done by accident.
/// - **What the log shows, and what not.** A line that was changed, taken out before another or put in shows, and so
///   does a log that is gone, for it is written with the split (older splits have none before the first read). Lines
///   cut off at the end leave no trace in the folder, nor does a read by another program, of a copy or through a hard
///   link. `--show` gives the hash of the last line: noted elsewhere, it proves later that no line before it is gone.
@NullMarked
package minarai.train.desk.split;

import org.jspecify.annotations.NullMarked;
