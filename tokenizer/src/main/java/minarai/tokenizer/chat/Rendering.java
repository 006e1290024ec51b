package minarai.tokenizer.chat;

/// A conversation as the model sees it.
///
/// @param text  the rendered template
/// @param ids   its token ids
/// @param mask  for each id, whether it is a target of training: the assistant's words and the end token after them
public record Rendering(String text, int[] ids, boolean[] mask) {

    /// How many ids are targets.
    public int targets() {
        int targets = 0;
        for (boolean isTarget : mask) {
            targets += isTarget ? 1 : 0;
        }
        return targets;
    }
}
