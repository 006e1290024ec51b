/// What is wrong with a set of pairs: findings, each with its row, the reason and the remedy.
///
/// Decisions and their reasons:
/// - **Findings are of two weights.** An error would be learned as it stands (a secret, an answer that was cut, a
///   copy, a contradiction) and makes `data check` end with exit code 3; a note is for somebody to look at (lengths,
///   languages, balance) and does not.
/// - **A clean row is seldom accused.** Every rule needs a reason that holds for the row itself, or a habit of the
///   rest of the file that the row breaks; a file whose habit is otherwise (answers without a full stop, translations,
///   class names) is measured by its own. Tests plant defects of every kind and count both what is missed and who is
///   accused wrongly.
/// - **Personal data are checked, not guessed**, where they can be: cards by Luhn's sum, My Number by its check digit,
///   IBANs by their remainder. A finding shows a quarter of it, three characters at most, and nothing of what has
///   fewer than eight; what other findings quote of a row is masked alike. What the rules do not know as private is
///   not: look before a report is passed on. Addresses at domains reserved for examples (RFC 2606) are let pass.
/// - **Text is looked at in NFKC**, so that full-width digits and letters hide nothing.
/// - **Lengths are in tokens of the model** where one is named, else in characters; outliers are told by the median and
///   the median absolute deviation of the logarithm, which a few huge rows do not move.
/// - **Mending does only what cannot change a meaning**, and says what it did in a log: copies to the letter, blank
///   rows, control characters, line ends, blanks around an answer, end tokens spelled out at its end. A row that cannot
///   be read is left out, with a line of the log, and still counts as an error. The rest is a person's work.
/// - **One page, nothing from elsewhere.** The HTML report holds its own style and everything in it is escaped: the
///   rows are hostile text.
@NullMarked
package minarai.train.desk.scan;

import org.jspecify.annotations.NullMarked;
