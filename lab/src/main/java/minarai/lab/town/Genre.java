package minarai.lab.town;

/// The manner of a document.
public enum Genre {
    ENCYCLOPEDIA, LETTER, GAZETTE, STORY, DIALOGUE,
    /// Questions with their answers, about documented entities.
    ANSWERS
}
