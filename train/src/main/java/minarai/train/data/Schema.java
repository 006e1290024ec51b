package minarai.train.data;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The keys under which a file holds its pairs. The first required key holds the question, the last the answer; where
/// there is one, it holds both.
public enum Schema {

    /// Stanford Alpaca; `history` is a list of earlier `[question, answer]`.
    ALPACA(List.of("instruction", "output"), List.of("input", "system", "history")),
    /// The same with Japanese names.
    JAPANESE(List.of("指示", "出力"), List.of("入力")),
    PROMPT_COMPLETION(List.of("prompt", "completion"), List.of("system")),
    QUESTION_ANSWER(List.of("question", "answer"), List.of("system")),
    /// Self-instruct's tasks: a pair for each `{input, output}` of `instances`.
    SELF_INSTRUCT(List.of("instruction", "instances"), List.of()),
    /// Turns as `{role, content}`.
    MESSAGES(List.of("messages"), List.of("tools")),
    /// Turns as `{from, value}`.
    SHAREGPT(List.of("conversations"), List.of("system", "tools"));

    private static final String ID = "id";
    /// Where a row that was converted came from.
    private static final String ORIGIN = "origin";

    private final List<String> required;
    private final List<String> optional;

    Schema(List<String> required, List<String> optional) {
        this.required = required;
        this.optional = optional;
    }

    /// The schema of a row, told by its keys.
    ///
    /// @throws IllegalArgumentException if no schema fits, or more than one
    static Schema of(Row row) {
        Collection<String> found = row.fields().propertyNames();
        List<Schema> fitting = Arrays.stream(values()).filter(schema -> found.containsAll(schema.required)).toList();
        if (fitting.size() > 1) {
            throw row.place().problem("the keys fit more than one schema: %s; keep those of one"
                    .formatted(fitting.stream().map(Schema::toString).collect(Collectors.joining(" and "))));
        }
        if (fitting.isEmpty()) {
            throw misfit(row, found);
        }
        Schema schema = fitting.getFirst();
        schema.refuseMisspelled(row, found);
        return schema;
    }

    /// The keys of the row that the schema does not read.
    List<String> unread(Row row) {
        return row.fields().propertyNames().stream().filter(key -> !reads(key)).toList();
    }

    private boolean reads(String key) {
        return key.equals(ID) || key.equals(ORIGIN) || required.contains(key) || optional.contains(key);
    }

    /// A key that is no other than an absent optional one with a letter wrong would be lost without a word.
    private void refuseMisspelled(Row row, Collection<String> found) {
        List<String> absent = optional.stream().filter(key -> !found.contains(key)).toList();
        for (String key : unread(row)) {
            Names.nearest(key, absent).filter(name -> !name.startsWith(key)).ifPresent(name -> {
                throw row.place().problem(("unknown key %s; did you mean %s? Rename it, or name it otherwise if "
                        + "it is not")
                        .formatted(Names.clipped(key), name) + " part of the conversation");
            });
        }
    }

    private static IllegalArgumentException misfit(Row row, Collection<String> found) {
        for (Schema schema : values()) {
            String answer = schema.required.getLast();
            if (schema.required.size() > 1 && found.contains(schema.required.getFirst())) {
                return row.place().problem(("the pair has no answer: %s is missing (keys found: %s%s). Add it, "
                        + "or remove the pair")
                        .formatted(answer, Names.list(found), misspelled(found, List.of(answer))));
            }
        }
        var known = new TreeSet<String>();
        Arrays.stream(values()).forEach(schema -> known.addAll(schema.required));
        return row.place().problem(("unknown schema, keys found: %s%s. Known are: %s. Rename the keys, in a "
                + "table those of the header")
                .formatted(Names.list(found), misspelled(found, known),
                        Arrays.stream(values()).map(Schema::toString).collect(Collectors.joining("; "))));
    }

    private static String misspelled(Collection<String> found, Collection<String> known) {
        return found.stream()
                .filter(key -> !known.contains(key))
                .flatMap(key -> Names.nearest(key, known).stream()
                        .map(name -> "; did you mean " + name + " by " + Names.clipped(key) + "?"))
                .collect(Collectors.joining());
    }

    /// The keys, optional ones in brackets: `instruction + output [input, system, history]`.
    @Override
    public String toString() {
        String extra = optional.isEmpty() ? "" : optional.stream().collect(Collectors.joining(", ", " [", "]"));
        return Stream.of(String.join(" + ", required), extra).collect(Collectors.joining());
    }
}
