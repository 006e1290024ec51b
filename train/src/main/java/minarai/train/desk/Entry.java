package minarai.train.desk;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import minarai.tokenizer.chat.Message;
import minarai.train.data.Example;
import minarai.train.data.Place;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A question with its answer, as it was found. Either may be blank.
///
/// @param id       the row's own, or a hash of the content
/// @param place    where it was read
/// @param origin   where it first came from, `file:line`; the place, unless the row says otherwise
/// @param prompt   the turns before the answer
/// @param answer   the answer; of two, the preferred one
/// @param rejected the other of two answers
/// @param isGood   what somebody thought of the only answer
/// @param extras   the row's other keys
public record Entry(String id, Place place, String origin, List<Turn> prompt, Turn answer, Optional<Turn> rejected,
        Optional<Boolean> isGood, SortedMap<String, JsonNode> extras) {

    /// What an entry says about its answer.
    public enum Kind {
        /// To be learned.
        ANSWERED,
        /// To be preferred to another.
        PREFERRED,
        /// Good or bad.
        JUDGED
    }

    public Entry {
        prompt = List.copyOf(prompt);
        extras = Collections.unmodifiableSortedMap(new TreeMap<>(extras));
        if (rejected.isPresent() && isGood.isPresent()) {
            throw place.problem("the row compares two answers and judges one; keep one of the two");
        }
    }

    /// An answered question of one turn.
    public static Entry pair(String id, Place place, String question, String answer) {
        return new Entry(id, place, place.toString(), List.of(new Turn("user", question)),
                new Turn("assistant", answer), Optional.empty(), Optional.empty(), Collections.emptySortedMap());
    }

    public Kind kind() {
        return rejected.isPresent() ? Kind.PREFERRED : isGood.isPresent() ? Kind.JUDGED : Kind.ANSWERED;
    }

    /// What is asked: the text of all turns before the answer but for the system's.
    public String question() {
        return prompt.stream().filter(turn -> !turn.role().equals("system")).map(Turn::content)
                .collect(Collectors.joining("\n"));
    }

    /// The same entry with another answer.
    public Entry answering(Turn other) {
        return new Entry(id, place, origin, prompt, other, rejected, isGood, extras);
    }

    /// The same entry with other turns before the answer.
    public Entry asking(List<Turn> other) {
        return new Entry(id, place, origin, other, answer, rejected, isGood, extras);
    }

    /// The same entry under another id.
    public Entry named(String other) {
        return new Entry(other, place, origin, prompt, answer, rejected, isGood, extras);
    }

    /// The same entry with one more key; an older value of it goes.
    public Entry with(String key, JsonNode value) {
        var more = new TreeMap<>(extras);
        more.put(key, value);
        return new Entry(id, place, origin, prompt, answer, rejected, isGood, more);
    }

    /// The text of a key beside the conversation, where it has a plain value.
    public Optional<String> extra(String key) {
        return Optional.ofNullable(extras.get(key)).filter(JsonNode::isValueNode).filter(value -> !value.isNull())
                .map(JsonNode::asString).filter(text -> !text.isBlank());
    }

    /// All turns, the answer last.
    public List<Turn> turns() {
        var turns = new ArrayList<>(prompt);
        turns.add(answer);
        return turns;
    }

    public List<Message> messages() {
        return turns().stream().map(Turn::message).toList();
    }

    /// A hash of everything that is said in it, and of whatever else a turn has.
    public String contentId() {
        var messages = new ArrayList<Message>();
        turns().forEach(turn -> add(turn, turn.role(), messages));
        rejected.ifPresent(other -> add(other, "rejected", messages));
        return Example.contentId(messages);
    }

    /// What a turn carries beside its text follows it as a turn of a role that none has; where it carries nothing, the
    /// id is that of training.
    private static void add(Turn turn, String role, List<Message> messages) {
        messages.add(new Message(role, turn.content()));
        String besides = turn.besides();
        if (!besides.isEmpty()) {
            messages.add(new Message("besides", besides));
        }
    }

    /// As training sees it; empty if its answer is blank.
    public Optional<Example> example() {
        return answer.content().isBlank() ? Optional.empty() : Optional.of(new Example(id, messages(),
                place.toString()));
    }

    /// The row in the desk's schema.
    public ObjectNode json() {
        ObjectNode row = JsonNodeFactory.instance.objectNode().put("id", id);
        switch (kind()) {
            case ANSWERED -> row.set("messages", list(turns()));
            case PREFERRED -> {
                row.set("prompt", list(prompt));
                row.set("chosen", list(List.of(answer)));
                rejected.ifPresent(other -> row.set("rejected", list(List.of(other))));
            }
            case JUDGED -> {
                row.set("prompt", list(prompt));
                row.set("completion", list(List.of(answer)));
                isGood.ifPresent(good -> row.put("label", good));
            }
        }
        extras.forEach((key, value) -> {
            if (!row.has(key) && !key.equals("origin")) {
                row.set(key, value);
            }
        });
        return row.put("origin", origin);
    }

    private static ArrayNode list(List<Turn> turns) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        turns.forEach(turn -> list.add(turn.json()));
        return list;
    }
}
