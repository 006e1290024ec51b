package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// A tokenizer in parts: added tokens, normalizer, pre-tokenizer, model, post-processor, decoder, each as its file
/// describes it. Immutable; threads may share it.
///
/// Offsets are Hugging Face's: a token covers the whole characters of the original that it came from, so the tokens of
/// one character's bytes all cover that character.
public final class PipelineTokenizer implements Tokenizer {

    private final Parts parts;
    private final Vocabulary added;
    private final Optional<ByteLevelWords> byteLevelWords;

    /// The parts of a tokenizer, in the order in which text goes through them; then the way back.
    record Parts(AddedTokens addedTokens, Normalizer normalizer, PreTokenizer preTokenizer, Model model,
                 PostProcessor postProcessor, Decoder decoder) {
    }

    /// @throws IllegalArgumentException if an added token occurs twice, or its id is another piece's
    PipelineTokenizer(Parts parts) {
        this.parts = parts;
        added = vocabulary(parts.addedTokens().all(), parts.model().vocabulary());
        byteLevelWords = ByteLevelWords.of(parts.preTokenizer(), parts.model());
    }

    private static Vocabulary vocabulary(List<AddedToken> tokens, Vocabulary ofModel) {
        var ids = new Object2IntOpenHashMap<String>();
        for (AddedToken token : tokens) {
            if (ids.containsKey(token.content())) {
                throw new IllegalArgumentException("\"%s\" is added twice".formatted(token.content()));
            }
            int expected = ofModel.idOf(token.content()).orElse(token.id());
            if (expected != token.id()) {
                throw new IllegalArgumentException("\"%s\" has id %d, but %d in the model's vocabulary"
                        .formatted(token.content(), token.id(), expected));
            }
            if (ofModel.hasPiece(token.id()) && !ofModel.piece(token.id()).equals(token.content())) {
                throw new IllegalArgumentException("\"%s\" has id %d, which is \"%s\" in the model's vocabulary"
                        .formatted(token.content(), token.id(), ofModel.piece(token.id())));
            }
            ids.put(token.content(), token.id());
        }
        return new Vocabulary(ids);
    }

    Parts parts() {
        return parts;
    }

    @Override
    public int vocabularySize() {
        return Math.max(parts.model().vocabulary().size(), added.size());
    }

    /// The ids that the file's post-processor puts in front of a text, such as a beginning-of-text token; encoding
    /// does not add them.
    public int[] prefix() {
        return parts.postProcessor().prefix().clone();
    }

    /// The ids that the file's post-processor puts after a text; encoding does not add them.
    public int[] suffix() {
        return parts.postProcessor().suffix().clone();
    }

    @Override
    public Encoding encode(String text, IntPredicate specialAt) {
        var tokens = new Tokens();
        for (AddedTokens.Segment written : parts.addedTokens().splitAsWritten(AlignedText.of(text), specialAt)) {
            if (written.token().isPresent()) {
                tokens.addWhole(written.token().getAsInt(), written.text());
            } else {
                encodeSegment(written.text(), specialAt, tokens);
            }
        }
        return tokens.encoding(text);
    }

    private void encodeSegment(AlignedText text, IntPredicate specialAt, Tokens tokens) {
        AlignedText normalized = parts.normalizer().apply(text);
        for (AddedTokens.Segment segment : parts.addedTokens().splitNormalized(normalized, specialAt)) {
            if (segment.token().isPresent()) {
                tokens.addWhole(segment.token().getAsInt(), segment.text());
                continue;
            }
            if (byteLevelWords.isPresent()) {
                byteLevelWords.get().encode(segment.text(), tokens);
                continue;
            }
            for (AlignedText piece : parts.preTokenizer().split(segment.text())) {
                parts.model().tokenize(piece.text(), (id, from, to) -> tokens.token(id, piece, from, to));
            }
        }
    }

    /// Ids and offsets as they come, in UTF-16 units of the original.
    private final class Tokens implements ByteLevelWords.Sink {

        private final IntArrayList ids = new IntArrayList();
        private final IntArrayList starts = new IntArrayList();
        private final IntArrayList ends = new IntArrayList();
        private final List<String> spelled = new ArrayList<>();
        private final boolean isTrimmed = parts.postProcessor().trim() != PostProcessor.Trim.NONE;

        void addWhole(int id, AlignedText text) {
            token(id, text, 0, text.length());
            if (isTrimmed) {
                spelled.set(spelled.size() - 1, text.text());
            }
        }

        @Override
        public void token(int id, AlignedText text, int from, int to) {
            if (isTrimmed) {
                spelled.add(piece(id));
            }
            ids.add(id);
            starts.add(text.start(from));
            ends.add(from < to ? text.end(to - 1) : text.start(from));
        }

        Encoding encoding(String text) {
            int[] startsInCodePoints = toCodePoints(starts, text);
            int[] endsInCodePoints = toCodePoints(ends, text);
            parts.postProcessor().trimOffsets(spelled, startsInCodePoints, endsInCodePoints);
            return new Encoding(ids.toIntArray(), startsInCodePoints, endsInCodePoints);
        }

        private static int[] toCodePoints(IntArrayList units, String text) {
            boolean isSame = text.codePointCount(0, text.length()) == text.length();
            if (isSame) {
                return units.toIntArray();
            }
            int[] codePointOf = new int[text.length() + 1];
            for (int unit = 0, codePoint = 0; unit < text.length(); codePoint++) {
                int next = unit + Character.charCount(text.codePointAt(unit));
                codePointOf[unit] = codePoint;
                codePointOf[next] = codePoint + 1;
                unit = next;
            }
            return units.intStream().map(unit -> codePointOf[unit]).toArray();
        }
    }

    /// Ids to text, without special tokens. Ids without a token, as models with padded vocabularies may produce, are
    /// left out.
    @Override
    public String decode(int... ids) {
        return decodeWithSpecial(Arrays.stream(ids).filter(id -> !isSpecial(id)).toArray());
    }

    /// Ids to text, special tokens spelled out. Ids without a token are left out.
    public String decodeWithSpecial(int... ids) {
        var collector = new DecoderStages.Collector();
        Decoder.Stage stage = parts.decoder().into(collector);
        for (int id : ids) {
            decodeInto(stage, id);
        }
        stage.end();
        return collector.take();
    }

    private void decodeInto(Decoder.Stage stage, int id) {
        if (hasPiece(id)) {
            stage.text(parts.addedTokens().spelling(id, this::piece));
            stage.endPiece();
        }
    }

    @Override
    public StreamingDecoder streamingDecoder() {
        var collector = new DecoderStages.Collector();
        Decoder.Stage stage = parts.decoder().into(collector);
        return new StreamingDecoder() {
            @Override
            public String add(int id) {
                if (!isSpecial(id)) {
                    decodeInto(stage, id);
                }
                return collector.take();
            }

            @Override
            public String finish() {
                stage.end();
                return collector.take();
            }
        };
    }

    /// The bytes of UTF-8 that a token adds to a text it continues, which may be a part of a character; none for
    /// special tokens and for ids without a token.
    public byte[] bytes(int id) {
        return isSpecial(id) || !hasPiece(id) ? new byte[0]
                : TokenBytes.of(parts.addedTokens().spelling(id, this::piece), parts.decoder(), times ->
                        decode(IntStream.generate(() -> id).limit(times).toArray()));
    }

    private boolean hasPiece(int id) {
        return added.hasPiece(id) || parts.model().vocabulary().hasPiece(id);
    }

    @Override
    public String piece(int id) {
        if (id < 0 || id >= vocabularySize()) {
            throw new IllegalArgumentException(
                    "no token has id %d; the vocabulary's ids run from 0 to %d".formatted(id, vocabularySize() - 1));
        }
        return added.hasPiece(id) ? added.piece(id) : parts.model().vocabulary().piece(id);
    }

    @Override
    public OptionalInt idOf(String piece) {
        OptionalInt id = added.idOf(piece);
        return id.isPresent() ? id : parts.model().vocabulary().idOf(piece);
    }

    @Override
    public boolean isSpecial(int id) {
        return parts.addedTokens().isSpecial(id);
    }
}
