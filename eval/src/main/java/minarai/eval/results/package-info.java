/// Result files in the schema of lm-evaluation-harness, so that whatever reads its files reads ours.
///
/// Decisions:
/// - **Names of its schema appear only here**, as strings: `exact_match,none` is metric and filter; we have no filters.
/// - **Hashes as it makes them** for prompts, targets and tasks (SHA-256 of the text; of the joined hashes of samples).
///   The hash of a document is over our own document in compact JSON.
/// - **A value that does not exist is `"N/A"`**, as there, never NaN, which is not JSON.
@NullMarked
package minarai.eval.results;

import org.jspecify.annotations.NullMarked;
