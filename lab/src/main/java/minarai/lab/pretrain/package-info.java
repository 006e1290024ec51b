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
@NullMarked
package minarai.lab.pretrain;

import org.jspecify.annotations.NullMarked;
