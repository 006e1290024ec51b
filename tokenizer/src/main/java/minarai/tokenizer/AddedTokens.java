package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.Int2ObjectOpenHashMap;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;

/// Finds added tokens in text: leftmost first, the longest of those that begin at one place. As in the reference, white
/// space that one token takes to its right may be another token once more.
final class AddedTokens {

    private final List<AddedToken> tokens;
    private final Int2ObjectOpenHashMap<AddedToken> byId = new Int2ObjectOpenHashMap<>();
    private final Int2ObjectOpenHashMap<String> normalizedSpellings = new Int2ObjectOpenHashMap<>();
    private final PieceTrie asWritten = new PieceTrie();
    private final PieceTrie normalized = new PieceTrie();

    /// @throws IllegalArgumentException if the normalizer makes a token too long
    AddedTokens(List<AddedToken> tokens, Normalizer normalizer) {
        this.tokens = List.copyOf(tokens);
        for (AddedToken token : tokens) {
            byId.put(token.id(), token);
            if (token.isNormalized()) {
                String spelling = normalizer.apply(AlignedText.of(token.content())).text();
                Vocabulary.checkLength(spelling);
                normalized.add(spelling, token.id());
                normalizedSpellings.put(token.id(), spelling);
            } else {
                asWritten.add(token.content(), token.id());
            }
        }
    }

    List<AddedToken> all() {
        return tokens;
    }

    boolean isSpecial(int id) {
        return byId.containsKey(id) && byId.get(id).isSpecial();
    }

    /// What decoding spells this id as: as the reference has it, normalized where it is looked for in normalized text.
    ///
    /// @param otherwise the spelling of all other ids
    String spelling(int id, IntFunction<String> otherwise) {
        return normalizedSpellings.containsKey(id) ? normalizedSpellings.get(id) : otherwise.apply(id);
    }

    /// A stretch of text: a token, or text that is still to be tokenized.
    record Segment(AlignedText text, OptionalInt token) {
    }

    /// Cuts out the tokens that are looked for in the text as written.
    List<Segment> splitAsWritten(AlignedText text, IntPredicate specialAt) {
        return split(text, asWritten, specialAt);
    }

    /// Cuts out the tokens that are looked for in normalized text.
    List<Segment> splitNormalized(AlignedText text, IntPredicate specialAt) {
        return split(text, normalized, specialAt);
    }

    private List<Segment> split(AlignedText text, PieceTrie trie, IntPredicate specialAt) {
        if (trie.isEmpty() || text.isEmpty()) {
            return text.isEmpty() ? List.of() : List.of(new Segment(text, OptionalInt.empty()));
        }
        List<Segment> segments = new ArrayList<>();
        String s = text.text();
        int done = 0;
        long taken = 0;
        for (int at = 0; at < s.length(); ) {
            if (!trie.mayBegin(s.charAt(at))) {
                at++;
                continue;
            }
            int id = tokenAt(text, at, trie, specialAt);
            if (id < 0) {
                at++;
                continue;
            }
            AddedToken token = byId.get(id);
            int contentEnd = at + matchLength(trie, s, at, id);
            int from = token.takesLeft() && done < contentEnd ? spaceBefore(s, at, done) : at;
            int to = token.takesRight() ? spaceAfter(s, contentEnd) : contentEnd;
            taken += to - contentEnd;
            if (taken > AlignedText.longest(s.length())) {
                throw new IllegalArgumentException(("the added token \"%s\" takes the same white space over and over; "
                        + "set its rstrip to false").formatted(token.content()));
            }
            if (done < from) {
                segments.add(new Segment(text.slice(done, from), OptionalInt.empty()));
            }
            segments.add(new Segment(text.slice(from, to), OptionalInt.of(id)));
            done = to;
            at = contentEnd;
        }
        if (done < s.length()) {
            segments.add(new Segment(text.slice(done, s.length()), OptionalInt.empty()));
        }
        return segments;
    }

    private int tokenAt(AlignedText text, int at, PieceTrie trie, IntPredicate specialAt) {
        String s = text.text();
        int found = -1;
        int node = PieceTrie.ROOT;
        for (int to = at; to < s.length(); ) {
            node = trie.child(node, s.charAt(to++));
            if (node < 0) {
                break;
            }
            int id = trie.idAt(node);
            if (id >= 0 && isAllowed(byId.get(id), text, at, to, specialAt)) {
                found = id;
            }
        }
        return found;
    }

    private static int matchLength(PieceTrie trie, String s, int at, int id) {
        int node = PieceTrie.ROOT;
        int to = at;
        do {
            node = trie.child(node, s.charAt(to++));
        } while (trie.idAt(node) != id);
        return to - at;
    }

    private static boolean isAllowed(AddedToken token, AlignedText text, int from, int to, IntPredicate specialAt) {
        if (token.isSpecial() && !specialAt.test(text.start(from))) {
            return false;
        }
        String s = text.text();
        boolean touchesWord = from > 0 && Characters.isWord(s.codePointBefore(from))
                || to < s.length() && Characters.isWord(s.codePointAt(to));
        return !token.isWord() || !touchesWord;
    }

    private static int spaceBefore(String s, int at, int done) {
        int from = Math.max(at, done);
        while (from > done && Characters.isWhiteSpace(s.codePointBefore(from))) {
            from--;
        }
        return from;
    }

    private static int spaceAfter(String s, int at) {
        int to = at;
        while (to < s.length() && Characters.isWhiteSpace(s.codePointAt(to))) {
            to++;
        }
        return to;
    }
}
