package minarai.lab.town;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Reads a town's texts as a stranger would: it knows names and values as runs of words and nothing of how
/// the texts were made.
final class Reading {
    private static final int LONGEST = 3;
    private static final Pattern NO_LETTERS = Pattern.compile("[^A-Za-z]+");
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.?!]) ");

    private final Map<String, Entity> entities = new HashMap<>();
    private final Map<String, Relation> values = new HashMap<>();
    private final Set<String> firstWords = new HashSet<>();

    Reading(Town town) {
        town.entities().forEach(entity -> entities.put(entity.name(), entity));
        for (Relation relation : Relation.values()) {
            town.values(relation).forEach(value -> values.put(value, relation));
        }
        entities.keySet().forEach(name -> firstWords.add(name.split(" ")[0]));
        values.keySet().forEach(value -> firstWords.add(value.split(" ")[0]));
    }

    /// The value as it was found, and its relation.
    record Mention(Relation relation, String value) {
    }

    /// Pieces between line breaks and sentence ends.
    static List<String> sentences(String text) {
        return text.lines().flatMap(line -> SENTENCE_END.splitAsStream(line)).toList();
    }

    /// Every value in the text, in order.
    List<Mention> mentions(String text) {
        var found = new ArrayList<Mention>();
        for (String run : runs(text)) {
            Optional.ofNullable(values.get(run)).ifPresent(relation -> found.add(new Mention(relation, run)));
        }
        return found;
    }

    /// Every entity whose full name is in the text, in order.
    List<Entity> named(String text) {
        return runs(text).stream().flatMap(run -> Optional.ofNullable(entities.get(run)).stream()).toList();
    }

    /// Runs of up to three words that begin as some name or value does.
    private List<String> runs(String text) {
        String[] words = NO_LETTERS.split(text);
        var runs = new ArrayList<String>();
        for (int i = 0; i < words.length; i++) {
            int longest = firstWords.contains(words[i]) ? Math.min(LONGEST, words.length - i) : 0;
            for (int length = 1; length <= longest; length++) {
                runs.add(String.join(" ", Arrays.copyOfRange(words, i, i + length)));
            }
        }
        return runs;
    }
}
