/// A run's folder: what is in it, that it is never half written, and that no bit of it changes unseen.
///
/// Decisions and their reasons:
/// - **Beside, then moved.** A file is written under another name in the same folder, forced to the disk and moved over
///   its place, so a reader sees the old file or the new one; what fails leaves nothing behind. What a kill leaves,
///   named `.….part`, is removed when the run is taken up again.
/// - **One writer.** A lock of the operating system guards the folder; it goes with the process, so a kill leaves no
///   lock to be removed by hand. The lock's file stays, because deleting it would let two processes hold two files.
/// - **Nothing is overwritten.** A folder with anything else in it is refused, and so is a run that exists: it is
///   resumed or another name is chosen.
///
/// # The ledger
///
/// `ledger.jsonl` is text in UTF-8, a JSON object a line, each line ended by one line feed. Keys stand in the order
/// given here, without blanks. In texts a backslash stands before `"` and before a backslash; characters below a blank
/// and surrogates are a backslash, `u` and four lower-case hexadecimal digits; all others stand for themselves. Every
/// hash is SHA-256 in 64 lower-case hexadecimal digits. A number of which every bit counts stands twice: as Java's
/// `Double.toString` writes it, for readers, and under the key with `_bits` as the 16 hexadecimal digits of its IEEE
/// 754 representation. A line that is not in exactly this form is refused, so there is one way to write a ledger.
///
/// Every line has `previous` first and `hash` last.
/// - `hash` is the hash of the line without this member, with its line feed:
///   `sed -n 3p ledger.jsonl | sed 's/,"hash":"[0-9a-f]*"}$/}/' | sha256sum`.
/// - `previous` is the `hash` of the line before; in the first line it is the hash of the file `run.json`:
///   `sha256sum run.json`.
///
/// Between them stands `kind`, then what the line says:
///
/// | kind | keys | when |
/// |---|---|---|
/// | `opening` | `format` (1), `numerics`, `overrides`, `parameters` | before the first step |
/// | `validation` | `step`, `labels`, `loss`, `loss_bits` | before the first step and at the end of each epoch and of the run, where pairs are held out |
/// | `step` | `step`, `samples`, `tokens`, `targets`, `labels`, `loss`, `loss_bits`, `gradient_norm`, `gradient_norm_bits`, `learning_rate`, `learning_rate_bits`, `parameters` | after every update |
/// | `checkpoint` | `step`, `file`, `sha256` | after the lines of the step, where the recipe wants a checkpoint |
/// | `closing` | `step`, `parameters`, `files` | when the result is there |
///
/// - `numerics` is the version of the definition of every operation; `overrides` are the names of the checks whose
///   refusals were allowed, in order.
/// - `samples` are the ids of the step's samples in the order in which they were learned from, over all its
///   micro-batches.
/// - `tokens`: for each of these samples the number of its tokens, then their ids, all as signed 32-bit integers,
///   little-endian, one after the other, hashed.
/// - `targets`: for each of these samples the number of its tokens, as before, then a byte for each token, 1 where
///   predicting it counts and 0 where not, hashed. The first token of a sample is never predicted, whatever its byte.
/// - `labels` is how many tokens were predicted; `loss` the mean of their negative log-likelihoods in nats, before the
///   update; `gradient_norm` the 2-norm of all gradients before clipping.
/// - `parameters` is the hash of what is trained, after the update: of a list with one line for every 16,384 numbers
///   of a parameter, see [minarai.train.ParameterHash]. A list can be hashed by all threads at once; one piece could
///   not. In the opening and the closing line the list is whole; in a step's line it has 768 lines at the most, the
///   next ones at each step, and after the last the first again.
/// - `sha256` of a checkpoint is that of the file, `sha256sum checkpoints/step-000010.safetensors`.
/// - `closing` names the step whose parameters were kept, their hash, and the hash of each file of the result.
///
/// Decisions and their reasons:
/// - **A line has its own hash and that of the one before.** With the link alone a flipped bit in the last line would
///   be found by nobody. Who changes a line on purpose can make the chain good again; that is found by taking the steps
///   again (`minarai replay`), which needs no trust in whoever wrote the ledger.
/// - **A ledger does not tell how often a run was stopped.** Whatever was killed and taken up again has the same ledger
///   as the run that was not. So the time is not in it, and a checkpoint that is made because of a Ctrl-C has its hash
///   in a file of its own, `step-000013.safetensors.sha256`.
/// - **What was written is compared, not replaced.** A run that is taken up again goes back to its last checkpoint. The
///   lines behind it stay; the steps are taken again, and each must give the line that is there. Only a last line
///   without its line feed, as a kill leaves it, is removed; one with another byte in its place was changed.
/// - **Forced to the disk before a checkpoint, not at every step.** A kill of the process loses nothing that was handed
///   to the operating system. A loss of power may; but the lines are forced before a checkpoint is moved to its place,
///   so there is no checkpoint of which the ledger does not know.
/// - **Checkpoints are written while the next step is computed**, from a copy of the state whose memory is in the plan.
///   The checkpoint's line comes before that of the next step, wherever the writing ends, so the order of lines is the
///   same in every run.
@NullMarked
package minarai.train.run;

import org.jspecify.annotations.NullMarked;
