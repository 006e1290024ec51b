package minarai.tokenizer.chat;

import java.util.Arrays;

/// A conversation as the model sees it.
///
/// @param text     the rendered template
/// @param ids      its token ids
/// @param mask     for each id, whether it is a target of training: the assistant's words and the end token after them
/// @param messages for each id, the index of the message whose words it carries, or -1 for the template's own
public record Rendering(String text, int[] ids, boolean[] mask, int[] messages) {

    public Rendering {
        if (ids.length != mask.length || ids.length != messages.length) {
            throw new IllegalArgumentException("a rendering has " + ids.length + " ids but " + mask.length
                    + " mask entries and " + messages.length + " message numbers; there must be one of each");
        }
    }

    /// A rendering that does not know which id came from which message.
    public Rendering(String text, int[] ids, boolean[] mask) {
        this(text, ids, mask, noMessages(ids.length));
    }

    /// How many ids are targets.
    public int targets() {
        int targets = 0;
        for (boolean isTarget : mask) {
            targets += isTarget ? 1 : 0;
        }
        return targets;
    }

    private static int[] noMessages(int length) {
        int[] none = new int[length];
        Arrays.fill(none, -1);
        return none;
    }
}
