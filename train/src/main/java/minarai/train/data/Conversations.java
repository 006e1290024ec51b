package minarai.train.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import minarai.tokenizer.chat.Message;
import tools.jackson.databind.JsonNode;

/// A row's conversations: the text of its fields, checked, as turns.
///
/// @param row     whose place errors name
/// @param schema  by which the row is read
/// @param isDraft whether blank texts, and turns that do not end with an answer, are let pass
record Conversations(Row row, Schema schema, boolean isDraft) {

    private static final Map<String, String> CHAT_ROLES = Map.of("system", "system", "user", "user",
            "assistant", "assistant", "developer", "developer", "tool", "tool");
    private static final Map<String, String> SHAREGPT_ROLES = Map.of("system", "system", "human", "user",
            "user", "user", "gpt", "assistant", "assistant", "assistant", "chatgpt", "assistant", "model", "assistant");

    /// The conversations, each ending with an answer: one, or for [Schema#SELF_INSTRUCT] one for each instance.
    List<List<Message>> read() {
        return switch (schema) {
            case ALPACA -> List.of(alpaca());
            case JAPANESE -> List.of(List.of(
                    Message.user(joined(required("指示"), optional(row.fields(), "入力", "入力"))),
                    answer(row.fields(), "出力", "出力")));
            case PROMPT_COMPLETION -> List.of(pair("prompt", "completion"));
            case QUESTION_ANSWER -> List.of(pair("question", "answer"));
            case SELF_INSTRUCT -> instances();
            case MESSAGES -> List.of(turns("messages", "role", "content", CHAT_ROLES));
            case SHAREGPT -> List.of(turns("conversations", "from", "value", SHAREGPT_ROLES));
        };
    }

    private List<Message> alpaca() {
        var messages = new ArrayList<>(system());
        JsonNode history = row.fields().path("history");
        if (isPresent(history)) {
            requireList(history, "history");
            int number = 0;
            for (JsonNode pair : history) {
                String name = "history[" + number++ + "]";
                requireList(pair, name);
                if (pair.size() != 2) {
                    throw problem(name + " must be [question, answer], not a list of " + pair.size());
                }
                messages.add(Message.user(notBlank(pair.get(0), name + "[0]")));
                messages.add(Message.assistant(notBlank(pair.get(1), name + "[1]")));
            }
        }
        messages.add(Message.user(joined(required("instruction"), optional(row.fields(), "input", "input"))));
        messages.add(answer(row.fields(), "output", "output"));
        return messages;
    }

    private List<Message> pair(String question, String answer) {
        return Stream.concat(system().stream(),
                Stream.of(Message.user(required(question)), answer(row.fields(), answer, answer))).toList();
    }

    private List<List<Message>> instances() {
        JsonNode instances = row.fields().path("instances");
        requireList(instances, "instances");
        if (instances.isEmpty()) {
            throw problem("the pair has no answer: instances is empty. Add one, or remove the pair");
        }
        String instruction = required("instruction");
        var conversations = new ArrayList<List<Message>>();
        for (JsonNode instance : instances) {
            String name = "instances[" + conversations.size() + "]";
            requireObject(instance, name);
            conversations.add(List.of(
                    Message.user(joined(instruction, optional(instance, "input", name + ".input"))),
                    answer(instance, "output", name + ".output")));
        }
        return conversations;
    }

    private List<Message> turns(String key, String roleKey, String contentKey, Map<String, String> roles) {
        JsonNode turns = row.fields().path(key);
        requireList(turns, key);
        JsonNode tools = row.fields().path("tools");
        if (isPresent(tools) && !tools.isEmpty()) {
            throw problem("tools are not supported; remove the key tools, or the pair");
        }
        var messages = new ArrayList<>(system());
        for (JsonNode turn : turns) {
            messages.add(turn(turn, key + "[" + messages.size() + "]", roleKey, contentKey, roles));
        }
        if (!isDraft && (messages.isEmpty() || !messages.getLast().role().equals("assistant"))) {
            throw problem(("the pair has no answer: %s must end with a turn of the assistant, but %s. Add the "
                    + "answer, or remove the pair")
                    .formatted(key, messages.isEmpty() ? "is empty" : "ends with " + messages.getLast().role()));
        }
        return messages;
    }

    private Message turn(JsonNode turn, String name, String roleKey, String contentKey, Map<String, String> roles) {
        requireObject(turn, name);
        for (var field : turn.properties()) {
            boolean isKnown = field.getKey().equals(roleKey) || field.getKey().equals(contentKey);
            if (!isKnown && isPresent(field.getValue())) {
                throw problem("%s has a key that is not supported: %s%s. A turn is {%s, %s}".formatted(name,
                        Names.clipped(field.getKey()), Names.suggestion(field.getKey(), List.of(roleKey, contentKey)),
                        roleKey, contentKey));
            }
        }
        String role = text(turn.path(roleKey), name + "." + roleKey);
        if (!roles.containsKey(role)) {
            throw problem("%s.%s is %s%s. Known are %s".formatted(name, roleKey, Names.clipped(role),
                    Names.suggestion(role, roles.keySet()), Names.list(roles.keySet().stream().sorted().toList())));
        }
        String place = name + "." + contentKey;
        return switch (roles.get(role)) {
            case "assistant" -> answer(turn, contentKey, place);
            case "user" -> Message.user(notBlank(turn.path(contentKey), place));
            case String other -> new Message(other, text(turn.path(contentKey), place));
        };
    }

    /// The row's own system turn: none where the key is absent or blank, or where the turns bring their own.
    private List<Message> system() {
        String system = schema == Schema.MESSAGES || schema == Schema.JAPANESE
                ? "" : optional(row.fields(), "system", "system");
        return system.isBlank() ? List.of() : List.of(new Message("system", system));
    }

    private Message answer(JsonNode fields, String key, String name) {
        JsonNode value = fields.path(key);
        if (!isPresent(value) && !(isDraft && value.isNull())) {
            throw problem("the pair has no answer: %s is %s. Add it, or remove the pair"
                    .formatted(name, value.isMissingNode() ? "missing" : "null"));
        }
        String text = text(value, name);
        if (!isDraft && text.isBlank()) {
            throw problem("the answer is empty: %s is blank. Write one, or remove the pair".formatted(name));
        }
        return Message.assistant(text);
    }

    private String required(String key) {
        return notBlank(row.fields().path(key), key);
    }

    private String notBlank(JsonNode value, String name) {
        String text = text(value, name);
        if (!isDraft && text.isBlank()) {
            throw problem(name + " is empty. Write one, or remove the pair");
        }
        return text;
    }

    private String optional(JsonNode fields, String key, String name) {
        JsonNode value = fields.path(key);
        return isPresent(value) ? text(value, name) : "";
    }

    private String text(JsonNode value, String name) {
        if (isDraft && value.isNull()) {
            return "";
        }
        if (!value.isString()) {
            throw problem("%s must be text in quotation marks, not %s".formatted(name, Json.describe(value)));
        }
        return value.stringValue();
    }

    private void requireList(JsonNode value, String name) {
        if (!value.isArray()) {
            throw problem("%s must be a list, [ … ], not %s".formatted(name, Json.describe(value)));
        }
    }

    private void requireObject(JsonNode value, String name) {
        if (!value.isObject()) {
            throw problem("%s must be an object, { … }, not %s".formatted(name, Json.describe(value)));
        }
    }

    private static boolean isPresent(JsonNode value) {
        return !value.isMissingNode() && !value.isNull();
    }

    private static String joined(String instruction, String input) {
        return input.isBlank() ? instruction : instruction + "\n\n" + input;
    }

    private IllegalArgumentException problem(String sentence) {
        return row.place().problem(sentence);
    }
}
