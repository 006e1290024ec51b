/// Text to token ids and back.
///
/// A [Tokenizer][minarai.tokenizer.Tokenizer] turns text into the ids a model was trained on and ids back into text.
/// The parts of Hugging Face's `tokenizer.json` (normalizer, pre-tokenizer, model, post-processor, decoder) are
/// small types of their own, so that a file is read into the pipeline it describes and into nothing else.
///
/// Decisions:
/// - *Exactness.* Ids, offsets and decoded text are those of the reference library (tokenizers 0.23), its quirks
///   included: offsets of a composed character are those of its first part, a run of byte tokens that is not UTF-8
///   decodes to U+FFFD for each byte, "punctuation" is Unicode 8's. One departure: decoding leaves *every* special
///   token out, where the reference keeps those that are looked for in normalized text.
/// - *What is not known is refused.* Unknown members and types, truncation, padding and dropout change ids and are
///   errors that name the file and the field.
/// - *Nothing is added.* What a post-processor would put around a text is reported (`prefix`, `suffix`), and its effect
///   on offsets applied; adding it is the caller's decision, because templates write these tokens themselves.
/// - *Each format keeps its own rules.* SentencePiece's models are carried out as SentencePiece does (32-bit sums, its
///   white space, empty offsets for what a character's first bytes cover), not as the tokenizer.json that others
///   convert them to, whose ids differ on blanks; so they are not written as tokenizer.json either. Ranked vocabularies
///   (tiktoken, GGUF, SentencePiece BPE) merge whatever two neighbours make a piece; tokenizer.json lists merges
///   instead.
/// - *Byte-level words* are scanned by hand where the pattern is a published one
///   ([WordScanner][minarai.tokenizer.WordScanner], tested against the expression on every character), merged from
///   bytes without being spelled, and remembered in a table that threads share without locks. Other patterns and models
///   take the general way.
/// - *No text and no file can hang*, overflow the stack, or make text grow without end. Patterns are translated from
///   Oniguruma to Java or refused, and matching has a budget. Pieces, and all strings of a file that text is compared
///   with, have at most 1,024 characters; the longest published piece has 128. Text that is normalized may grow to 64
///   times its length, and a part of a tokenizer has at most 256 steps. Merging looks through the pairs of short words,
///   and uses a heap for long ones: `O(n log n)`.
/// - *Streaming and whole decoding are one computation*: decoders are chains of stages that pieces flow through. After
///   byte fallback, text is certain only at the end of a run of byte tokens.
@NullMarked
package minarai.tokenizer;

import org.jspecify.annotations.NullMarked;
