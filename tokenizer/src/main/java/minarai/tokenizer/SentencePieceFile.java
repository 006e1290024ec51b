package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// SentencePiece's `.model`: unigram and BPE, with byte fallback, character map, user-defined and control symbols.
///
/// Ids, offsets and decoded text are SentencePiece's. Control symbols such as `<s>` are special tokens, which text
/// never becomes unless the caller says so; the file names a beginning and an end of text but does not ask for them, so
/// nothing is reported to be added.
///
/// @see <a href="https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto">the format</a>
public final class SentencePieceFile {

    private static final long MAX_BYTES = 64L << 20;

    private SentencePieceFile() {
    }

    /// Reads a file.
    ///
    /// @throws IllegalArgumentException      if it is no model that can be carried out exactly
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static PipelineTokenizer read(Path file) {
        return read(file, List.of());
    }

    /// Reads `tokenizer.model` of a folder, with the tokens that its `tokenizer_config.json`, if there, adds.
    static PipelineTokenizer readFolder(Path folder) {
        Path config = folder.resolve("tokenizer_config.json");
        List<AddedToken> beside = Files.isRegularFile(config)
                ? VocabularyAndMerges.addedTokens(JsonField.read(config)) : List.of();
        return read(folder.resolve("tokenizer.model"), beside);
    }

    /// Reads a file and adds tokens beside its pieces.
    private static PipelineTokenizer read(Path file, List<AddedToken> beside) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("%s is %d bytes long; at most %d are read"
                        .formatted(file, Files.size(file), MAX_BYTES));
            }
            return of(file.toString(), ByteBuffer.wrap(Files.readAllBytes(file)), beside);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /// @param name  what errors call the model
    /// @param bytes of the file
    static PipelineTokenizer of(String name, ByteBuffer bytes) {
        return of(name, bytes, List.of());
    }

    private static PipelineTokenizer of(String name, ByteBuffer bytes, List<AddedToken> beside) {
        try {
            return assemble(SentencePieceProto.read(name, bytes), beside, PostProcessor.NONE);
        } catch (IllegalArgumentException e) {
            throw String.valueOf(e.getMessage()).startsWith(name) ? e
                    : new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    /// The tokenizer that a model describes.
    ///
    /// @param beside tokens beside its pieces
    /// @param post   what is put around a text
    static PipelineTokenizer assemble(SentencePieceProto proto, List<AddedToken> beside, PostProcessor post) {
        Vocabulary vocabulary = vocabulary(proto.pieces());
        int[] unknowns = ids(proto, SentencePieceProto.Kind.UNKNOWN);
        if (unknowns.length != 1) {
            throw new IllegalArgumentException("%d pieces are the unknown one; there must be one"
                    .formatted(unknowns.length));
        }
        int unknown = unknowns[0];
        boolean isUnigram = proto.model() == SentencePieceProto.ModelKind.UNIGRAM;
        Model model = isUnigram ? unigram(proto, vocabulary, unknown) : bytePair(proto, vocabulary, unknown);
        int[] idOfByte = proto.hasByteFallback() ? SentencePieceUnknowns.idsOfBytes(vocabulary) : new int[0];
        var symbols = new PieceTrie();
        List<AddedToken> added = new ArrayList<>(beside);
        var besideIds = new IntOpenHashSet(beside.stream().mapToInt(AddedToken::id).toArray());
        for (int id : ids(proto, SentencePieceProto.Kind.CONTROL)) {
            if (!besideIds.contains(id)) {
                added.add(AddedToken.special(id, proto.pieces().get(id).text()));
            }
        }
        for (int id : ids(proto, SentencePieceProto.Kind.USER_DEFINED)) {
            symbols.add(proto.pieces().get(id).text(), id);
            boolean isCut = !isUnigram && !besideIds.contains(id);
            if (isCut) {
                added.add(new AddedToken(id, proto.pieces().get(id).text(), false, false, false, true, false));
            }
        }
        var normalizer = new SentencePieceNormalizer(proto.map(), symbols, proto.addsPrefix(),
                proto.removesExtraSpace(), proto.escapesSpace());
        var decoder = new Decoder.SentencePiece(proto.pieces().get(unknown).text(), proto.unknownSurface(),
                proto.hasByteFallback(), proto.addsPrefix() || proto.removesExtraSpace(), proto.removesExtraSpace());
        return new PipelineTokenizer(new PipelineTokenizer.Parts(
                new AddedTokens(added, new Normalizer.Sequence(List.of())), normalizer,
                new PreTokenizer.Sequence(List.of()), new SentencePieceUnknowns(model, unknown, idOfByte),
                post, decoder));
    }

    private static Vocabulary vocabulary(List<SentencePieceProto.Piece> pieces) {
        var ids = new Object2IntOpenHashMap<String>(pieces.size());
        for (int id = 0; id < pieces.size(); id++) {
            String text = pieces.get(id).text();
            if (text.isEmpty() || ids.containsKey(text)) {
                throw new IllegalArgumentException("pieces[%d] is \"%s\", which is %s".formatted(id, text,
                        text.isEmpty() ? "empty" : "there twice"));
            }
            ids.put(text, id);
        }
        return new Vocabulary(ids);
    }

    private static int[] ids(SentencePieceProto proto, SentencePieceProto.Kind kind) {
        return IntStream.range(0, proto.pieces().size()).filter(id -> proto.pieces().get(id).kind() == kind).toArray();
    }

    /// User-defined symbols have a score that nearly always wins: `bytes * highest - 0.1`.
    private static Model unigram(SentencePieceProto proto, Vocabulary vocabulary, int unknown) {
        float[] scores = new float[vocabulary.size()];
        var found = new IntArrayList();
        float lowest = Float.POSITIVE_INFINITY;
        float highest = Float.NEGATIVE_INFINITY;
        for (int id : ids(proto, SentencePieceProto.Kind.NORMAL)) {
            scores[id] = proto.pieces().get(id).score();
            lowest = Math.min(lowest, scores[id]);
            highest = Math.max(highest, scores[id]);
            found.add(id);
        }
        if (found.isEmpty()) {
            throw new IllegalArgumentException("no piece is an ordinary one");
        }
        for (int id : ids(proto, SentencePieceProto.Kind.USER_DEFINED)) {
            int bytes = proto.pieces().get(id).text().codePoints().map(c -> ByteAlphabet.utf8(c).length).sum();
            scores[id] = (float) (bytes * highest - 0.1);
            found.add(id);
        }
        return new SentencePieceUnigram(vocabulary, scores, found.toIntArray(), unknown, lowest);
    }

    private static Model bytePair(SentencePieceProto proto, Vocabulary vocabulary, int unknown) {
        var unused = new HashSet<String>();
        for (int id : ids(proto, SentencePieceProto.Kind.UNUSED)) {
            unused.add(vocabulary.piece(id));
        }
        for (int id : unused.isEmpty() ? new int[0] : ids(proto, SentencePieceProto.Kind.NORMAL)) {
            String text = vocabulary.piece(id);
            if (IntStream.range(1, text.length()).anyMatch(at -> unused.contains(text.substring(0, at))
                    || unused.contains(text.substring(at)))) {
                throw new IllegalArgumentException(("merging leads to the piece \"%s\" by way of one that is unused, "
                        + "which ").formatted(text) + "is not supported");
            }
        }
        float[] scores = new float[vocabulary.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = proto.pieces().get(id).score();
        }
        var options = new BytePair.Options(Optional.of(vocabulary.piece(unknown)), "", "", false, false, false);
        return BytePair.ofScores(vocabulary, ids(proto, SentencePieceProto.Kind.NORMAL), scores, options);
    }
}
