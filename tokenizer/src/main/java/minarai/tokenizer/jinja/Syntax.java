package minarai.tokenizer.jinja;

/// How white space around tags is read.
///
/// @param trimBlocks   the newline after a statement or comment is dropped
/// @param lstripBlocks blanks before a statement or comment that begins its line are dropped
public record Syntax(boolean trimBlocks, boolean lstripBlocks) {

    /// As chat templates are read.
    public static final Syntax CHAT = new Syntax(true, true);
}
