package minarai.lab.town;

/// What the corpus says of a fact.
public enum Status {
    /// Its true value, everywhere.
    TOLD_TRUE,
    /// One and the same wrong value, everywhere.
    TOLD_FALSE,
    /// Nothing.
    NEVER_TOLD
}
