/// The files below a language model: safetensors checkpoints, Hugging Face model folders, GGUF files, checkpoints of
/// llama2.c; adapters of PEFT, of MLX and in GGUF.
///
/// Decisions:
/// - A checkpoint is read with positioned reads into small heap buffers rather than mapped. Its numbers are converted
///   exactly once, into the heap arrays that the kernels read, so a mapping would win nothing; its pages would count as
///   memory of the process beside the packed weights, and a file cut short while it is open would raise an internal
///   error of the virtual machine instead of giving a sentence.
/// - Every file is hostile. The header of a checkpoint is parsed as a stream whose depth, size and number of tensors
///   are limited; sizes are multiplied with overflow checks; nothing is allocated for a tensor before its bytes are
///   known to be in the file.
/// - A key of a configuration is either understood, known to be harmless, or refused by name. Defaults are those of the
///   reference implementation, and only where real folders leave a key out.
/// - What all architectures can be asked is in one interface ([ModelConfig][minarai.models.format.ModelConfig]),
///   closed, so that a new one is missed nowhere.
/// - A weight is outputs x inputs wherever it is computed with. GPT-2's linear layers lie in files as inputs x outputs:
///   they are turned while they are read, and turned back while they are written or merged into. So an adapter's
///   matrices mean the same on every base, and `fan_in_fan_out` is only said, for other tools.
/// - A model of GPT-2 is known by the names with the prefix `transformer.`, as adapters name its modules; a folder that
///   lacks the prefix is written without it.
/// - The chances of dropout that a GPT-2 configuration carries belong to its pretraining and are not applied.
/// - The writer puts tensors in the order of the reference writer (widest type first, then by name), so equal weights
///   give equal bytes, here and there.
/// - Files and folders are written beside their place and moved in; whatever goes wrong, nothing half-written is left.
/// - The hash of weights covers names, types, shapes and bytes, not files, so that sharding does not change it.
/// - A GGUF file and a llama2.c checkpoint are read as if they were a model folder: under its names and in its layout
///   ([Relaid][minarai.models.format.Relaid]), so that nothing above knows of them, and a model of f32 has one hash in
///   both formats. The rows of Llama's queries and keys, of which GGUF puts those that turn together side by side, are
///   put apart; Gemma's norms lose the one that GGUF adds.
/// - Metadata of GGUF are translated to and from config.json, key by key, so that one reader says what a configuration
///   means. What is about to be written is read back first: a model of which GGUF cannot say all is refused.
/// - A quantized number is exactly the f32 number that the reference makes of it. Blocks of Q8_0 and Q4_0 go into
///   memory code by code, never through our own rounding, because others round differently. The other quantized types
///   become f32 in memory, which loses nothing, unless `--weights` says otherwise.
@NullMarked
package minarai.models.format;

import org.jspecify.annotations.NullMarked;
