package minarai.train.desk;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import minarai.tokenizer.chat.Message;
import minarai.train.data.Names;
import minarai.train.data.Row;
import tools.jackson.databind.JsonNode;

/// A row's entries, by the shape its keys tell: a preference, a judged answer, turns, or one of the flat schemas.
///
/// @param row with the keys it means
record Shapes(Row row) {

    private static final Map<String, String> ROLES = Map.ofEntries(Map.entry("human", "user"),
            Map.entry("user", "user"),
            Map.entry("gpt", "assistant"), Map.entry("assistant", "assistant"), Map.entry("chatgpt", "assistant"),
            Map.entry("model", "assistant"), Map.entry("bot", "assistant"), Map.entry("function_call", "assistant"),
            Map.entry("system", "system"), Map.entry("developer", "developer"), Map.entry("tool", "tool"),
            Map.entry("observation", "tool"), Map.entry("function", "tool"));
    private static final Set<String> READ = Set.of("id", "origin", "messages", "conversations", "prompt", "completion",
            "chosen", "rejected", "instruction", "input", "output", "history", "system", "question", "answer",
            "instances");

    /// What a row says, before it has an id: the turns before the answer, and the answer.
    record Draft(List<Turn> prompt, Turn answer, Optional<Turn> rejected, Optional<Boolean> isGood) {
    }

    /// @throws IllegalArgumentException if the keys or a value fit no shape, with what was expected
    List<Draft> drafts() {
        JsonNode fields = row.fields();
        if (fields.has("chosen") && fields.has("rejected")) {
            return List.of(preference());
        }
        Optional<Boolean> judgement = judgement();
        if (fields.has("prompt") && fields.has("completion") && judgement.isPresent()) {
            return List.of(new Draft(withSystem(turns("prompt", "user")), last("completion"), Optional.empty(),
                    judgement));
        }
        if (fields.has("messages")) {
            return List.of(conversation("messages", "role", "content"));
        }
        if (fields.has("conversations")) {
            return List.of(conversation("conversations", "from", "value"));
        }
        if (fields.path("prompt").isArray() && fields.has("completion")) {
            return List.of(new Draft(turns("prompt", "user"), last("completion"), Optional.empty(), Optional.empty()));
        }
        return row.drafts().stream().map(Shapes::draft).toList();
    }

    /// The keys that no shape reads.
    TreeMap<String, JsonNode> extras() {
        var extras = new TreeMap<String, JsonNode>();
        boolean isJudged = row.fields().has("completion") && judgement().isPresent();
        for (var field : row.fields().properties()) {
            if (!READ.contains(field.getKey()) && !(isJudged && field.getKey().equals("label"))) {
                extras.put(field.getKey(), field.getValue());
            }
        }
        return extras;
    }

    private static Draft draft(List<Message> messages) {
        List<Turn> turns = messages.stream().map(Turn::of).toList();
        return split(turns);
    }

    /// The last turn is the answer if it is the assistant's; else there is none.
    private static Draft split(List<Turn> turns) {
        boolean isAnswered = !turns.isEmpty() && turns.getLast().role().equals("assistant");
        return new Draft(isAnswered ? turns.subList(0, turns.size() - 1) : turns,
                isAnswered ? turns.getLast() : new Turn("assistant", ""), Optional.empty(), Optional.empty());
    }

    private Draft conversation(String key, String roleKey, String contentKey) {
        return split(withSystem(list(row.fields().path(key), key, roleKey, contentKey)));
    }

    private Draft preference() {
        List<Turn> chosen = turns("chosen", "assistant");
        List<Turn> rejected = turns("rejected", "assistant");
        if (chosen.isEmpty() || rejected.isEmpty()) {
            throw row.place().problem("chosen and rejected must each hold an answer, not an empty list");
        }
        List<Turn> before = chosen.subList(0, chosen.size() - 1);
        if (!before.equals(rejected.subList(0, rejected.size() - 1))) {
            throw row.place().problem("chosen and rejected differ before their last turns; they must answer the same");
        }
        boolean isPromptGiven = before.isEmpty();
        String key = List.of("prompt", "instruction", "question").stream().filter(row.fields()::has).findFirst()
                .orElse("prompt");
        if (isPromptGiven && !row.fields().has(key)) {
            throw row.place().problem("chosen and rejected need a prompt, a key of its own or the turns before them");
        }
        List<Turn> prompt = isPromptGiven ? turns(key, "user") : before;
        return new Draft(withSystem(prompt), chosen.getLast(), Optional.of(rejected.getLast()), Optional.empty());
    }

    private List<Turn> withSystem(List<Turn> turns) {
        JsonNode system = row.fields().path("system");
        boolean isToAdd = system.isString() && !system.stringValue().isBlank()
                && turns.stream().noneMatch(turn -> turn.role().equals("system"));
        if (!isToAdd) {
            return turns;
        }
        var all = new ArrayList<>(List.of(new Turn("system", system.stringValue())));
        all.addAll(turns);
        return all;
    }

    private Turn last(String key) {
        List<Turn> turns = turns(key, "assistant");
        if (turns.size() != 1) {
            throw row.place().problem("%s must hold one turn, not %d".formatted(key, turns.size()));
        }
        return turns.getFirst();
    }

    /// Turns, or a text that is one.
    private List<Turn> turns(String key, String role) {
        JsonNode value = row.fields().path(key);
        if (value.isString() || value.isNull()) {
            return List.of(new Turn(role, value.asString("")));
        }
        return list(value, key, "role", "content");
    }

    private List<Turn> list(JsonNode value, String key, String roleKey, String contentKey) {
        if (!value.isArray()) {
            throw row.place().problem("%s must be a list of turns, [{\"%s\": …, \"%s\": …}]".formatted(key, roleKey,
                    contentKey));
        }
        var turns = new ArrayList<Turn>();
        for (JsonNode turn : value) {
            turns.add(turn(turn, key + "[" + turns.size() + "]", roleKey, contentKey));
        }
        return turns;
    }

    private Turn turn(JsonNode turn, String name, String roleKey, String contentKey) {
        JsonNode role = turn.path(roleKey);
        JsonNode content = turn.path(contentKey);
        if (!turn.isObject() || !role.isString() || !(content.isString() || content.isNull()
                || content.isMissingNode())) {
            throw row.place().problem(("%s must be {\"%s\": text, \"%s\": text}. Text in parts, pictures and sound are "
                    + "not read").formatted(name, roleKey, contentKey));
        }
        String known = ROLES.get(role.stringValue().toLowerCase(Locale.ROOT));
        if (known == null) {
            throw row.place().problem("%s.%s is %s%s. Known are %s".formatted(name, roleKey,
                    Names.clipped(role.stringValue()), Names.suggestion(role.stringValue(), ROLES.keySet()),
                    Names.list(ROLES.keySet().stream().sorted().toList())));
        }
        var more = new TreeMap<String, JsonNode>();
        turn.properties().stream().filter(field -> !Set.of(roleKey, contentKey).contains(field.getKey()))
                .forEach(field -> more.put(field.getKey(), field.getValue()));
        if (content.isMissingNode() && !more.containsKey("tool_calls")) {
            throw row.place().problem("%s has no %s".formatted(name, contentKey));
        }
        return new Turn(known, content.isString() ? content.stringValue() : "", more);
    }

    /// A label that says good or bad, rather than a class.
    private Optional<Boolean> judgement() {
        JsonNode label = row.fields().path("label");
        if (label.isBoolean()) {
            return Optional.of(label.booleanValue());
        }
        String text = label.isString() ? label.stringValue().strip().toLowerCase(Locale.ROOT) : "";
        return Set.of("true", "good", "良い", "良").contains(text) ? Optional.of(true)
                : Set.of("false", "bad", "悪い", "悪").contains(text) ? Optional.of(false) : Optional.empty();
    }
}
