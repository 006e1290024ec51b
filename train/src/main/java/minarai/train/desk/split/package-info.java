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
///   of `split.access.jsonl`: when, who, with which command. Each line carries the hash of the one before, the first
///   that of
///   `split.json`, so a line taken out or changed shows. Choosing a model by its test score does not become impossible,
///   but it can no longer be done without a trace.
@NullMarked
package minarai.train.desk.split;

import org.jspecify.annotations.NullMarked;
