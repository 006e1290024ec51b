package minarai.tokenizer.chat;

/// One turn of a conversation.
///
/// @param role    `system`, `user` or `assistant`, or another name the template knows
/// @param content the text of the turn
public record Message(String role, String content) {

    public static Message user(String content) {
        return new Message("user", content);
    }

    public static Message assistant(String content) {
        return new Message("assistant", content);
    }
}
