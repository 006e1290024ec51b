/// The files below a language model: safetensors checkpoints, Hugging Face model folders, PEFT adapter folders.
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
/// - The writer puts tensors in the order of the reference writer (widest type first, then by name), so equal weights
///   give equal bytes, here and there.
/// - Files and folders are written beside their place and moved in; whatever goes wrong, nothing half-written is left.
/// - The hash of weights covers names, types, shapes and bytes, not files, so that sharding does not change it.
@NullMarked
package minarai.models.format;

import org.jspecify.annotations.NullMarked;
