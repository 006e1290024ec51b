/// What was answered wrongly comes back: as the next version of the data set, and as a suite of what must stay mended.
///
/// Decisions and their reasons:
/// - **A log of answers is a file of pairs** in any form the desk reads, with three keys more: `correction`, what
///   should have been said; `row`, the id of the row of the data set that is at fault, where one is known; `action`,
///   which is `remove` where that row should go. A line without any of them says that the answer was right, and
///   changes nothing.
/// - **A correction replaces the answer of its row, else of the row with the same question, else becomes a new row**;
///   of several about one question the last counts. A row keeps its id and its origin when its answer changes.
/// - **The difference is for people**: one page of Markdown with before and after, by which somebody can say yes.
/// - **The suite grows and never shrinks by itself**: earlier items come along unless a later correction changes them
///   or their row is removed. Its items are trained on, so a score on it says that nothing mended broke again, and
///   nothing about new questions.
@NullMarked
package minarai.train.desk.feedback;

import org.jspecify.annotations.NullMarked;
