package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntArrays;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Byte-level cutting and byte-pair encoding in one step: the same tokens as the pre-tokenizer and the model one after
/// the other, without spelling bytes as characters and with a memory of the words that came before.
///
/// The memory is a table without chains: a word overwrites another of the same slot. Threads share it without locks,
/// since a [Word] is immutable and any slot may hold any word.
final class ByteLevelWords {

    private static final int SLOTS = 1 << 15;
    private static final int LONGEST_REMEMBERED = 48;
    private static final TextPattern WHOLE = new TextPattern.Literal("");

    private final List<PreTokenizer> before;
    private final TextPattern pattern;
    private final BytePair model;
    private final int[] idOfByte;
    private final Word[] memory = new Word[SLOTS];

    /// A word and its tokens.
    ///
    /// @param units  the text of the word
    /// @param ids    of its tokens
    /// @param starts for each token, the first unit of the first character of which it has a byte
    /// @param ends   one past the last unit
    private record Word(char[] units, int[] ids, int[] starts, int[] ends) {

        static final Word NONE = new Word(new char[0], IntArrays.EMPTY_ARRAY, IntArrays.EMPTY_ARRAY,
                IntArrays.EMPTY_ARRAY);
    }

    private ByteLevelWords(List<PreTokenizer> before, TextPattern pattern, BytePair model, int[] idOfByte) {
        this.before = before;
        this.pattern = pattern;
        this.model = model;
        this.idOfByte = idOfByte;
        Arrays.fill(memory, Word.NONE);
    }

    /// Takes tokens and the text that they are of.
    interface Sink {
        void token(int id, AlignedText text, int from, int to);
    }

    /// Both steps in one, if they are of that kind: bytes spelled last, and a model that knows all bytes.
    static Optional<ByteLevelWords> of(PreTokenizer preTokenizer, Model model) {
        List<PreTokenizer> steps = preTokenizer instanceof PreTokenizer.Sequence sequence ? sequence.steps()
                : List.of(preTokenizer);
        if (steps.isEmpty() || !(steps.getLast() instanceof PreTokenizer.ByteLevel spelling)
                || spelling.addsPrefixSpace() || !(model instanceof BytePair pairs) || !isPlain(pairs.options())) {
            return Optional.empty();
        }
        int[] idOfByte = new int[256];
        for (int b = 0; b < idOfByte.length; b++) {
            idOfByte[b] = pairs.vocabulary().idOfCodePoint(ByteAlphabet.characterOf(b));
            if (idOfByte[b] < 0) {
                return Optional.empty();
            }
        }
        List<PreTokenizer> before = steps.subList(0, steps.size() - 1);
        if (spelling.usesRegex()) {
            return Optional.of(new ByteLevelWords(before, PreTokenizer.GPT2_PATTERN, pairs, idOfByte));
        }
        boolean endsInSplit = !before.isEmpty() && before.getLast() instanceof PreTokenizer.Split split
                && split.behavior() == PreTokenizer.Behavior.ISOLATED;
        if (endsInSplit && before.getLast() instanceof PreTokenizer.Split split) {
            return Optional.of(new ByteLevelWords(before.subList(0, before.size() - 1), split.pattern(), pairs,
                    idOfByte));
        }
        return Optional.of(new ByteLevelWords(before, WHOLE, pairs, idOfByte));
    }

    private static boolean isPlain(BytePair.Options options) {
        return options.wordPrefix().isEmpty() && options.wordSuffix().isEmpty();
    }

    /// Sends the tokens of a text in order.
    void encode(AlignedText text, Sink sink) {
        List<AlignedText> parts = before.isEmpty() ? List.of(text) : new PreTokenizer.Sequence(before).split(text);
        var merging = new Merging(model.pairs());
        for (AlignedText part : parts) {
            encodePart(part, merging, sink);
        }
    }

    private void encodePart(AlignedText text, Merging merging, Sink sink) {
        char[] units = text.text().toCharArray();
        int at = 0;
        if (pattern instanceof TextPattern.Scanned scanned) {
            while (at < units.length) {
                int end = scanned.scanner().end(units, at);
                encodeWord(text, units, at, end, merging, sink);
                at = end;
            }
            return;
        }
        IntArrayList spans = pattern.matches(text.text());
        for (int i = 0; i < spans.size(); i++) {
            encodeWord(text, units, at, spans.getInt(i), merging, sink);
            at = spans.getInt(i);
        }
        encodeWord(text, units, at, units.length, merging, sink);
    }

    private void encodeWord(AlignedText text, char[] units, int from, int to, Merging merging, Sink sink) {
        if (from == to) {
            return;
        }
        Word word = word(units, from, to, merging);
        for (int i = 0; i < word.ids.length; i++) {
            sink.token(word.ids[i], text, from + word.starts[i], from + word.ends[i]);
        }
    }

    private Word word(char[] units, int from, int to, Merging merging) {
        if (to - from > LONGEST_REMEMBERED) {
            return made(units, from, to, merging);
        }
        int hash = 0;
        for (int i = from; i < to; i++) {
            hash = 31 * hash + units[i];
        }
        int slot = hash * 0x9E3779B9 >>> 17;
        Word known = memory[slot];
        if (known.units.length == to - from && Arrays.equals(units, from, to, known.units, 0, to - from)) {
            return known;
        }
        Word made = made(units, from, to, merging);
        memory[slot] = made;
        return made;
    }

    private Word made(char[] units, int from, int to, Merging merging) {
        if (model.options().ignoresMerges()) {
            OptionalInt whole = model.vocabulary().idOf(spelled(units, from, to));
            if (whole.isPresent()) {
                return new Word(Arrays.copyOfRange(units, from, to), new int[] {whole.getAsInt()}, new int[1],
                        new int[] {to - from});
            }
        }
        merging.clear();
        for (int at = from; at < to; ) {
            int next = at + Character.charCount(Character.codePointAt(units, at, to));
            addBytes(Character.codePointAt(units, at, to), at - from, next - from, merging);
            at = next;
        }
        merging.merge();
        int count = merging.count();
        int[] ids = new int[count];
        int[] starts = new int[count];
        int[] ends = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = merging.id(i);
            starts[i] = merging.from(i);
            ends[i] = merging.to(i);
        }
        return new Word(Arrays.copyOfRange(units, from, to), ids, starts, ends);
    }

    private void addBytes(int codePoint, int from, int to, Merging merging) {
        if (codePoint < 0x80) {
            merging.add(idOfByte[codePoint], from, to);
            return;
        }
        for (byte b : ByteAlphabet.utf8(codePoint)) {
            merging.add(idOfByte[b & 0xFF], from, to);
        }
    }

    private static String spelled(char[] units, int from, int to) {
        var spelled = new StringBuilder();
        for (int at = from; at < to; at += Character.charCount(Character.codePointAt(units, at, to))) {
            for (byte b : ByteAlphabet.utf8(Character.codePointAt(units, at, to))) {
                spelled.append(ByteAlphabet.characterOf(b));
            }
        }
        return spelled.toString();
    }
}
