package minarai.eval;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Two evaluations joined by the ids of their items.
///
/// @param results   items both answered, in the base's order
/// @param onlyBase  ids that only the base answered
/// @param onlyTuned ids that only the tuned model answered
public record Pairing(List<ItemResult> results, List<String> onlyBase, List<String> onlyTuned) {

    public Pairing {
        results = List.copyOf(results);
        onlyBase = List.copyOf(onlyBase);
        onlyTuned = List.copyOf(onlyTuned);
    }

    /// @throws IllegalArgumentException if an id occurs twice on one side, or stands for different items on the two
    public static Pairing of(List<Answered> base, List<Answered> tuned) {
        Map<String, Answered> first = byId(base, "base");
        Map<String, Answered> second = byId(tuned, "tuned");
        List<ItemResult> results = new ArrayList<>();
        List<String> onlyBase = new ArrayList<>();
        first.forEach((id, one) -> {
            var other = second.get(id);
            if (other == null) {
                onlyBase.add(id);
            } else {
                results.add(pair(one, other));
            }
        });
        return new Pairing(results, onlyBase, second.keySet().stream().filter(id -> !first.containsKey(id)).toList());
    }

    /// Whether nothing was left out.
    public boolean isComplete() {
        return onlyBase.isEmpty() && onlyTuned.isEmpty();
    }

    private static ItemResult pair(Answered base, Answered tuned) {
        Item item = base.item();
        Item other = tuned.item();
        if (!item.prompt().equals(other.prompt()) || !item.expected().equals(other.expected())) {
            throw new IllegalArgumentException("comparing item '" + item.id() + "': the base was asked '"
                    + item.prompt() + "' (expected " + item.expected() + ") but the tuned model '" + other.prompt()
                    + "' (expected " + other.expected() + "); the same id must be the same question. Were the two"
                    + " evaluations made with the same task and version?");
        }
        return new ItemResult(item, base.answer(), tuned.answer());
    }

    private static Map<String, Answered> byId(List<Answered> answered, String side) {
        Map<String, Answered> byId = new LinkedHashMap<>();
        for (var one : answered) {
            if (byId.put(one.item().id(), one) != null) {
                throw new IllegalArgumentException("pairing answers: the " + side + " model answered item '"
                        + one.item().id() + "' twice; ids must be unique within an evaluation");
            }
        }
        return byId;
    }
}
