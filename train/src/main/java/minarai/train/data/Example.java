package minarai.train.data;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.stream.Collectors;
import minarai.tokenizer.chat.Message;

/// A conversation that ends with the answer to be learned.
///
/// @param id       what the example is known by: the file's `id`, or a hash of the content
/// @param messages the turns; the last one is the assistant's and not blank
/// @param origin   where it was read, `file:line`
public record Example(String id, List<Message> messages, String origin) {

    private static final int ID_DIGITS = 16;

    /// @throws IllegalArgumentException if the id is blank or the conversation does not end with an answer
    public Example {
        messages = List.copyOf(messages);
        if (id.isBlank()) {
            throw new IllegalArgumentException(origin + ": the id of the example is blank");
        }
        if (messages.isEmpty() || !messages.getLast().role().equals("assistant")) {
            throw new IllegalArgumentException(origin + ": the pair has no answer: the last turn must be the "
                    + "assistant's");
        }
        if (messages.getLast().content().isBlank()) {
            throw new IllegalArgumentException(origin + ": the answer is empty; write one or remove the line");
        }
    }

    /// The turns before the answer.
    public List<Message> prompt() {
        return messages.subList(0, messages.size() - 1);
    }

    public String answer() {
        return messages.getLast().content();
    }

    /// What makes two prompts the same question: roles and words, whatever the case, the spacing and the last stop.
    public String question() {
        return prompt().stream()
                .map(message -> message.role() + "\t" + Words.squeezed(message.content()))
                .collect(Collectors.joining("\n"));
    }

    /// The SHA-256 of all roles and contents, each preceded by its length in bytes; where the file gives no ids, the id
    /// begins like it.
    public String sha256() {
        return sha256(messages);
    }

    /// The first 16 digits of the SHA-256 of the content.
    public static String contentId(List<Message> messages) {
        return sha256(messages).substring(0, ID_DIGITS);
    }

    private static String sha256(List<Message> messages) {
        MessageDigest digest = Sha256.digest();
        for (Message message : messages) {
            addText(digest, message.role());
            addText(digest, message.content());
        }
        return Sha256.hex(digest);
    }

    /// The length in bytes (u32, big-endian) and the bytes in UTF-8.
    static void addText(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        digest.update(bytes);
    }
}
