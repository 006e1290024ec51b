package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;

/// Puts a [Text] together and charges the rendering for it.
final class TextBuilder {
    private final Session session;
    private final StringBuilder characters = new StringBuilder();
    private final List<Run> runs = new ArrayList<>();

    TextBuilder(Session session) {
        this.session = session;
    }

    int length() {
        return characters.length();
    }

    /// Appends characters that the template vouches for.
    TextBuilder append(String trusted) {
        return append(trusted, 0);
    }

    TextBuilder append(String added, int source) {
        charge(added.length());
        int start = characters.length();
        characters.append(added);
        add(new Run(start, characters.length(), source, 0));
        return this;
    }

    TextBuilder append(Text added) {
        charge(added.length() + (long) added.runs().size());
        int shift = characters.length();
        characters.append(added.characters());
        for (Run run : added.runs()) {
            add(new Run(run.start() + shift, run.end() + shift, run.source(), run.generation()));
        }
        return this;
    }

    TextBuilder append(Text whole, int start, int end) {
        return append(whole.substring(start, end));
    }

    Text build() {
        return characters.isEmpty() ? Text.EMPTY : new Text(characters.toString(), List.copyOf(runs));
    }

    private void charge(long added) {
        session.spend(1 + added);
        session.checkLength(characters.length() + added);
    }

    private void add(Run run) {
        if (run.isPlain() || run.start() == run.end()) {
            return;
        }
        if (!runs.isEmpty() && run.continues(runs.getLast())) {
            Run before = runs.removeLast();
            runs.add(new Run(before.start(), run.end(), run.source(), run.generation()));
            return;
        }
        runs.add(run);
    }
}
