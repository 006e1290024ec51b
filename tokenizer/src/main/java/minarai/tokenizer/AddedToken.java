package minarai.tokenizer;

/// A token beside the model's vocabulary, found in the text before the model sees it.
///
/// @param id           its id
/// @param content      its spelling
/// @param isSpecial    whether it is recognised only where the caller says so, and left out when decoding
/// @param takesLeft    whether white space before it belongs to it
/// @param takesRight   whether white space after it belongs to it
/// @param isNormalized whether it is looked for in normalized text
/// @param isWord       whether it must stand alone, not next to letters or digits
record AddedToken(int id, String content, boolean isSpecial, boolean takesLeft, boolean takesRight,
                  boolean isNormalized, boolean isWord) {

    /// The usual special token: recognised as it stands, everywhere.
    static AddedToken special(int id, String content) {
        return new AddedToken(id, content, true, false, false, false, false);
    }
}
