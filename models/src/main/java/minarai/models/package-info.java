/// Language models: architectures, adapters, caches and generation.
///
/// An architecture is one file that a teacher can show ([Llama][minarai.models.Llama], [Phi3][minarai.models.Phi3],
/// [Olmo2][minarai.models.Olmo2], [Gemma][minarai.models.Gemma], [Gpt2][minarai.models.Gpt2]), where it differs in how
/// it is put together; what differs in a number or a norm is an option of the file it resembles. It is chosen in one
/// place ([LanguageModel][minarai.models.LanguageModel]). It asks
/// [Weights][minarai.models.Weights] for what it needs by the names of the checkpoint and never learns where a weight
/// came from: a file, a seed, or a file with adapters around it. Adapters attach in that one place
/// ([WithAdapters][minarai.models.WithAdapters]), so no architecture knows of them.
///
/// Sequences lie end to end without padding ([Tokens][minarai.models.Tokens]). Training, scoring, prefill and cached
/// decoding call the same `hidden` and `logits`; they differ in the spans that say what a query sees, in whether
/// keys and values come from a [KeyValueCache][minarai.models.KeyValueCache], and in the tokens that are
/// [Asked][minarai.models.Asked] for. Behind the last layer's attention only those go on that stand before a label, or
/// at the end of a prompt: the fewer layers and the shorter the answers, the more of a step that saves, and no bit of a
/// result changes.
///
/// Merging works in f32 on the rows of the base as they are read, reports the drift of the logits, and writes into the
/// header of the weights which adapters they hold ([Merge][minarai.models.Merge]): nothing else about merged weights
/// shows that they are merged.
///
/// Several adapters share one base ([SharedBase][minarai.models.SharedBase]): each is a network of its own over the
/// same packed weights, so a request chooses by choosing a network, and nothing is switched.
///
/// Rotary factors that would change with the length of a text are used only up to the length from which they do
/// ([Rotary][minarai.models.Rotary]): beyond it a later token would change what earlier ones computed, and cached
/// decoding could not give the bits of a full pass. The lengths that DoRA divides by are constants on the way back, as
/// its authors and the reference have it.
///
/// Rotary tables are computed in f64 with `StrictMath`, whose bits are the same on every machine, and rounded once.
@NullMarked
package minarai.models;

import org.jspecify.annotations.NullMarked;
