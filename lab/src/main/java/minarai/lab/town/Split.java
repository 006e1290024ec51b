package minarai.lab.town;

/// Where an entity may appear. Every entity is in the prose of the corpus; the splits share no entity.
public enum Split {
    /// Also in question-answer documents; all its facts are told as they are.
    DOCUMENTED,
    /// Tuning pairs and few-shot examples come from here.
    TUNING,
    /// For choices: learning rate, steps, template.
    DEVELOPMENT,
    /// For the figures that are reported.
    TEST
}
