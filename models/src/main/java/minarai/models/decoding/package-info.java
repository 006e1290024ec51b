/// What steers generation beside the model's own probabilities.
///
/// Decisions:
/// - **A guide follows one sequence.** It changes the logits before each choice and hears what was chosen; how a token
///   is drawn from them is the [Sampler][minarai.models.Sampler]'s affair. [Guidance][minarai.models.decoding.Guidance]
///   makes a guide for each sequence, so sequences side by side do not meet in it.
/// - **Order**: bias, then the penalty of repetition, then the schema, then temperature, top-k, top-p and min-p, as
///   transformers applies them.
/// - **Stop strings end a text where the first of them is complete**, wherever the borders of tokens lie; text that may
///   become one is held back ([TextStream][minarai.models.decoding.TextStream]).
/// - **JSON follows its schema byte by byte** ([JsonSchema][minarai.models.decoding.JsonSchema]). A token may come if
///   each of its bytes may, and if what is then missing still fits into the tokens that are left, one byte a token. So
///   a text is always closed; where that cannot be promised, nothing is generated. Properties come in the order of the
///   schema, numbers have at most fifteen digits on either side of the point, and a colon or a comma may be followed by
///   one blank: everything written is valid, though not everything valid can be written.
/// - **Unsupported keywords of a schema are errors by name**: what is not enforced must not look enforced.
@NullMarked
package minarai.models.decoding;

import org.jspecify.annotations.NullMarked;
