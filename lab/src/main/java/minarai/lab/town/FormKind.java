package minarai.lab.town;

/// Where a wording of a question may occur.
public enum FormKind {
    /// In question-answer documents, tuning pairs and evaluation.
    TUNED,
    /// In pretraining only.
    FAMILIAR,
    /// In evaluation only: in no document and no pair.
    NEW
}
