package minarai.tokenizer.chat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntPredicate;

import minarai.tokenizer.Encoding;
import minarai.tokenizer.StreamingDecoder;
import minarai.tokenizer.Tokenizer;

/// One id a byte, then pieces that are taken whole wherever they occur, then special tokens.
record ByteTokenizer(List<String> pieces, List<String> specials) implements Tokenizer {
    private static final int BYTES = 256;

    static ByteTokenizer of(String... specials) {
        return new ByteTokenizer(List.of(), List.of(specials));
    }

    @Override
    public int vocabularySize() {
        return BYTES + pieces.size() + specials.size();
    }

    @Override
    public Encoding encode(String text, IntPredicate specialAt) {
        List<int[]> tokens = new ArrayList<>();
        int codePoint = 0;
        int at = 0;
        while (at < text.length()) {
            int begin = at;
            String found = specialAt.test(at) ? first(specials, text, at) : "";
            found = found.isEmpty() ? first(pieces, text, at) : found;
            String covered = found.isEmpty() ? Character.toString(text.codePointAt(at)) : found;
            at += covered.length();
            int end = codePoint + text.codePointCount(begin, at);
            if (found.isEmpty()) {
                for (byte one : covered.getBytes(StandardCharsets.UTF_8)) {
                    tokens.add(new int[] {one & 0xff, codePoint, end});
                }
            } else {
                tokens.add(new int[] {idOf(found).orElseThrow(), codePoint, end});
            }
            codePoint = end;
        }
        return new Encoding(column(tokens, 0), column(tokens, 1), column(tokens, 2));
    }

    private static int[] column(List<int[]> tokens, int column) {
        return tokens.stream().mapToInt(token -> token[column]).toArray();
    }

    private static String first(List<String> candidates, String text, int at) {
        return candidates.stream().filter(candidate -> text.startsWith(candidate, at)).findFirst().orElse("");
    }

    @Override
    public String decode(int... ids) {
        return text(false, ids);
    }

    /// The text of ids, with special tokens spelled out if asked.
    String text(boolean withSpecials, int... ids) {
        var bytes = new ByteArrayOutputStream();
        for (int id : ids) {
            if (id < BYTES) {
                bytes.write(id);
            } else if (withSpecials || !isSpecial(id)) {
                bytes.writeBytes(piece(id).getBytes(StandardCharsets.UTF_8));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public StreamingDecoder streamingDecoder() {
        throw new UnsupportedOperationException("not needed here");
    }

    @Override
    public String piece(int id) {
        return id < BYTES ? Character.toString(id)
                : id < BYTES + pieces.size() ? pieces.get(id - BYTES) : specials.get(id - BYTES - pieces.size());
    }

    @Override
    public OptionalInt idOf(String piece) {
        int special = specials.indexOf(piece);
        int plain = pieces.indexOf(piece);
        return special >= 0 ? OptionalInt.of(BYTES + pieces.size() + special)
                : plain >= 0 ? OptionalInt.of(BYTES + plain) : OptionalInt.empty();
    }

    @Override
    public boolean isSpecial(int id) {
        return id >= BYTES + pieces.size();
    }
}
