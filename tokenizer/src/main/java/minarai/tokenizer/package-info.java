/// Text to token ids and back.
///
/// A [Tokenizer][minarai.tokenizer.Tokenizer] turns text into the ids a model was trained on and ids back into text.
/// The parts of Hugging Face's `tokenizer.json` (normalizer, pre-tokenizer, model, post-processor, decoder) are
/// small types of their own, so that a file is read into the pipeline it describes and into nothing else.
@NullMarked
package minarai.tokenizer;

import org.jspecify.annotations.NullMarked;
