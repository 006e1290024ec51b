package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;

/// A string whose characters know where they came from.
///
/// Positions are UTF-16 units, as in [String]. Characters outside all [#runs()] come from the template.
public final class Text implements Value {
    static final Text EMPTY = new Text("", List.of());

    private final String characters;
    private final List<Run> runs;

    /// @param runs ascending, without overlap, none plain
    Text(String characters, List<Run> runs) {
        this.characters = characters;
        this.runs = runs;
    }

    /// A string that the template, or the program that renders it, vouches for.
    public static Text trusted(String characters) {
        return characters.isEmpty() ? EMPTY : new Text(characters, List.of());
    }

    /// A string from outside: a user's words, a tool's description.
    ///
    /// @param source any positive number; it comes back in [Run#source()]
    public static Text from(int source, String characters) {
        if (source < 1) {
            throw new IllegalArgumentException("the source of a text must be positive, not " + source);
        }
        return characters.isEmpty() ? EMPTY
                : new Text(characters, List.of(new Run(0, characters.length(), source, 0)));
    }

    public String characters() {
        return characters;
    }

    /// Where characters came from anywhere but the template's plain text, ascending.
    public List<Run> runs() {
        return runs;
    }

    /// Whether the character came from outside.
    public boolean isFromUser(int index) {
        int run = firstRunEndingAfter(index);
        return run < runs.size() && runs.get(run).start() <= index && runs.get(run).source() != 0;
    }

    /// The beginning of this text, and then characters that the caller vouches for.
    public Text upTo(int end, String trusted) {
        Text beginning = substring(0, end);
        return new Text(beginning.characters + trusted, beginning.runs);
    }

    int length() {
        return characters.length();
    }

    Text substring(int start, int end) {
        if (start == 0 && end == characters.length()) {
            return this;
        }
        if (start >= end) {
            return EMPTY;
        }
        var kept = new ArrayList<Run>();
        for (int i = firstRunEndingAfter(start); i < runs.size() && runs.get(i).start() < end; i++) {
            Run run = runs.get(i);
            kept.add(new Run(Math.max(run.start(), start) - start, Math.min(run.end(), end) - start, run.source(),
                    run.generation()));
        }
        return new Text(characters.substring(start, end), List.copyOf(kept));
    }

    /// The same text with other characters: run by run where the length is unchanged, otherwise all of it from the
    /// first source from outside.
    Text withCharacters(String changed) {
        if (changed.length() == characters.length()) {
            return new Text(changed, runs);
        }
        int source = source();
        return source == 0 ? trusted(changed) : from(source, changed);
    }

    /// The first source from outside, or 0.
    int source() {
        return runs.stream().mapToInt(Run::source).filter(source -> source != 0).findFirst().orElse(0);
    }

    /// This text as the output of a generation block; inner blocks keep their number.
    Text generatedBy(int generation) {
        var marked = new ArrayList<Run>();
        int at = 0;
        for (Run run : runs) {
            if (run.start() > at) {
                marked.add(new Run(at, run.start(), 0, generation));
            }
            marked.add(new Run(run.start(), run.end(), run.source(),
                    run.generation() == 0 ? generation : run.generation()));
            at = run.end();
        }
        if (at < characters.length()) {
            marked.add(new Run(at, characters.length(), 0, generation));
        }
        return new Text(characters, List.copyOf(marked));
    }

    private int firstRunEndingAfter(int index) {
        int low = 0;
        int high = runs.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (runs.get(middle).end() <= index) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Text text && characters.equals(text.characters) && runs.equals(text.runs);
    }

    @Override
    public int hashCode() {
        return characters.hashCode();
    }

    @Override
    public String toString() {
        return characters;
    }
}
