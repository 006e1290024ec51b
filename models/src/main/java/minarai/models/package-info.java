/// Language models: architectures, adapters, caches and generation.
///
/// An architecture is one file that a teacher can show ([Llama][minarai.models.Llama],
/// [Gpt2][minarai.models.Gpt2]), chosen in one place ([LanguageModel][minarai.models.LanguageModel]). It asks
/// [Weights][minarai.models.Weights] for what it needs by the names of the checkpoint and never learns where a weight
/// came from: a file, a seed, or a file with adapters around it. Adapters attach in that one place
/// ([WithAdapters][minarai.models.WithAdapters]), so no architecture knows of them.
///
/// Sequences lie end to end without padding ([Tokens][minarai.models.Tokens]). Training, scoring, prefill and cached
/// decoding call the same `hidden` and `logits`; they differ in the spans that say what a query sees, and in whether
/// keys and values come from a [KeyValueCache][minarai.models.KeyValueCache].
///
/// Merging works in f32 on the rows of the base as they are read, reports the drift of the logits, and writes into the
/// header of the weights which adapters they hold ([Merge][minarai.models.Merge]): nothing else about merged weights
/// shows that they are merged.
///
/// Rotary tables are computed in f64 with `StrictMath`, whose bits are the same on every machine, and rounded once.
@NullMarked
package minarai.models;

import org.jspecify.annotations.NullMarked;
