package minarai.tokenizer.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import minarai.tokenizer.Encoding;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.jinja.Run;
import minarai.tokenizer.jinja.Text;

/// A rendered text and its tokens.
///
/// @param starts for each id, its first UTF-16 unit in the text
/// @param ends   for each id, one past its last
record Tokenized(Text text, int[] ids, int[] starts, int[] ends) {

    /// Encodes with special tokens only where the template, and nobody else, spelled all of them.
    ///
    /// @param splits whether each `{% generation %}` block begins a token of its own
    static Tokenized of(Tokenizer tokenizer, Text text, boolean splits) {
        Set<Integer> spoofed = new HashSet<>();
        while (true) {
            Tokenized tokenized = new Tokenized(text, new int[0], new int[0], new int[0]);
            List<Integer> borders = splits ? borders(text) : List.of(0, text.characters().length());
            for (int i = 0; i + 1 < borders.size(); i++) {
                tokenized = tokenized.and(tokenizer, borders.get(i), borders.get(i + 1), spoofed);
            }
            boolean isNew = false;
            for (int i = 0; i < tokenized.length(); i++) {
                if (tokenizer.isSpecial(tokenized.ids[i]) && tokenized.hasUserWords(i)) {
                    isNew |= spoofed.add(tokenized.starts[i]);
                }
            }
            if (!isNew) {
                return tokenized;
            }
        }
    }

    /// The start of the text, the starts of its generation blocks, and its end.
    private static List<Integer> borders(Text text) {
        var borders = new ArrayList<Integer>(List.of(0));
        int generation = 0;
        for (Run run : text.runs()) {
            if (run.generation() != 0 && run.generation() != generation && run.start() > borders.getLast()) {
                borders.add(run.start());
            }
            generation = run.generation();
        }
        borders.add(text.characters().length());
        return borders;
    }

    /// These tokens and those of the characters `from` to `to - 1`, encoded by themselves.
    private Tokenized and(Tokenizer tokenizer, int from, int to, Set<Integer> spoofed) {
        String part = text.characters().substring(from, to);
        Encoding encoding = tokenizer.encode(part,
                index -> !text.isFromUser(from + index) && !spoofed.contains(from + index));
        int[] offsets = offsets(part, from);
        return new Tokenized(text, joined(ids, encoding.ids()), joined(starts, mapped(encoding.starts(), offsets)),
                joined(ends, mapped(encoding.ends(), offsets)));
    }

    private static int[] joined(int[] first, int[] second) {
        int[] joined = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, joined, first.length, second.length);
        return joined;
    }

    int length() {
        return ids.length;
    }

    /// The first index at which the ids of the two differ, at most the length of the shorter.
    int sharedLength(Tokenized other) {
        int mismatch = Arrays.mismatch(ids, other.ids);
        return mismatch < 0 ? ids.length : mismatch;
    }

    /// Whether a `{% generation %}` block wrote any of the id's characters.
    boolean isGenerated(int id) {
        return text.runs().stream().anyMatch(run -> run.generation() != 0 && overlaps(run, id));
    }

    /// For each id, the first source from outside among its characters, or 0.
    int[] sources() {
        int[] sources = new int[ids.length];
        int first = 0;
        for (int i = 0; i < ids.length; i++) {
            while (first < text.runs().size() && text.runs().get(first).end() <= starts[i]) {
                first++;
            }
            for (int r = first; r < text.runs().size() && text.runs().get(r).start() < ends[i]; r++) {
                sources[i] = sources[i] == 0 ? text.runs().get(r).source() : sources[i];
            }
        }
        return sources;
    }

    private boolean overlaps(Run run, int id) {
        return run.start() < ends[id] && run.end() > starts[id];
    }

    private boolean hasUserWords(int id) {
        for (int i = starts[id]; i < ends[id]; i++) {
            if (text.isFromUser(i) && !Character.isWhitespace(text.characters().charAt(i))) {
                return true;
            }
        }
        return false;
    }

    /// For each code point, and for the end, its first UTF-16 unit, counted from `start`.
    private static int[] offsets(String text, int start) {
        int[] offsets = new int[text.codePointCount(0, text.length()) + 1];
        int at = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = start + at;
            at += at < text.length() ? Character.charCount(text.codePointAt(at)) : 0;
        }
        return offsets;
    }

    private static int[] mapped(int[] codePoints, int[] offsets) {
        int[] mapped = new int[codePoints.length];
        for (int i = 0; i < mapped.length; i++) {
            mapped[i] = offsets[codePoints[i]];
        }
        return mapped;
    }
}
