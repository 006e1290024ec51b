/// The report of a run: one self-contained HTML page.
///
/// Decisions:
/// - **No script and no external resource.** The page opens from a file, mails, prints and archives. A content security
///   policy in the page forbids everything but its own style, so that a hole in escaping would still not run anything.
/// - **Markup is well-formed XML** as well as HTML, so that the JDK's parser can check it in a test.
/// - **What a model said is hostile**: besides escaping, control characters, direction marks and lone surrogates are
///   shown as their code points. Otherwise an answer could reorder, hide or break the text around it, and two answers
///   that look the same could differ unseen.
/// - **The hero picture is built of rows of percentage-sized SVG**, not of one scaled drawing: its labels stay readable
///   on a phone and are text to a screen reader.
/// - **The same report is the same bytes**: no clock, no locale, no order of a hash map. A date is a provenance entry.
@NullMarked
package minarai.eval.report;

import org.jspecify.annotations.NullMarked;
