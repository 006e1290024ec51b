package minarai.train.desk;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import minarai.tokenizer.chat.Message;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// One turn of a conversation, with what it carries beside its text.
///
/// @param role    `system`, `user`, `assistant`, `tool` or another that a template may know
/// @param content the text; may be blank
/// @param more    other keys of the turn, such as `tool_calls`
public record Turn(String role, String content, SortedMap<String, JsonNode> more) {

    private static final SortedMap<String, JsonNode> NOTHING = Collections.emptySortedMap();

    public Turn {
        more = more.isEmpty() ? NOTHING : Collections.unmodifiableSortedMap(new TreeMap<>(more));
    }

    public Turn(String role, String content) {
        this(role, content, NOTHING);
    }

    public static Turn of(Message message) {
        return new Turn(message.role(), message.content());
    }

    /// The same with another text.
    public Turn saying(String other) {
        return new Turn(role, other, more);
    }

    public Message message() {
        return new Message(role, content);
    }

    /// What it carries beside its text, as JSON; empty where nothing but nulls.
    public String besides() {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        more.forEach((key, value) -> {
            if (!value.isNull()) {
                node.set(key, value);
            }
        });
        return node.isEmpty() ? "" : node.toString();
    }

    /// `{role, content, …}`.
    public ObjectNode json() {
        ObjectNode node = JsonNodeFactory.instance.objectNode().put("role", role).put("content", content);
        more.forEach(node::set);
        return node;
    }
}
