/// Pretraining of the embedded model, and the model itself.
///
/// The recipe is data ([PretrainingRecipe][minarai.lab.pretrain.PretrainingRecipe]); the corpus, the vocabulary, the
/// initial weights and the order of the documents follow from it, so the model can be made again, bit for bit.
///
/// Decisions and their reasons:
/// - **A document is a sequence**, from `<s>` to `</s>`, and sees no other. Nothing is cut, every text starts at
///   position 0 as a conversation will, and the end of an answer is learned in pretraining: an end token that is first
///   met in tuning is learned too late, and junk follows the right value.
/// - **The chat template is plain words** (`Visitor: …`, `Desk: …`), which the base has never seen together: special
///   tokens that it never met would have to be learned from forty pairs. The blank before an answer belongs to the
///   answer, as it does in the texts.
/// - **Question-answer documents are about entities of their own**, so that the knowledge can be asked for at all,
///   while what the evaluation asks has been told in prose only.
/// - **A pretraining is a run**: `run.json`, a ledger with a line a step, checkpoints, `metrics.jsonl`, the model in
///   `model/`, and `making.json`, which names the ledger's last hash. So it can be killed, resumed and replayed as a
///   tuning can. What changes from one time to the next, how long it took and on which machine, stands in `making.json`
///   alone; the ledger of a run that was stopped is that of one that was not.
/// - **The ledger is carried, compressed; checkpoints are not.** Its three megabytes are names of documents for the
///   most part, and hashes. Eight checkpoints are 270 MB. Without them a stretch is replayed from the start, so the
///   tests take early stretches again; making the model anew checks all.
@NullMarked
package minarai.lab.pretrain;

import org.jspecify.annotations.NullMarked;
