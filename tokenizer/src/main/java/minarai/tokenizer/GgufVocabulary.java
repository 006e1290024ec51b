package minarai.tokenizer;

import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;

import java.nio.ByteBuffer;
import java.text.Normalizer.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/// The vocabulary inside a GGUF file: its metadata `tokenizer.ggml.*`, as they are read.
///
/// - `llama`: pieces with scores, merged as SentencePiece merges them;
/// - `t5`: pieces with log probabilities, the best path of a unigram model;
/// - `gpt2`: byte-level BPE, cut by the pattern that `pre` names;
/// - `bert`: WordPiece; pieces are spelled as BERT spells them, `the` and `##ing`.
///
/// Ids are those of the original tokenizer where llama.cpp departs from it: Qwen's text is normalized to NFC first.
///
/// @param model    `tokenizer.ggml.model`
/// @param pre      `tokenizer.ggml.pre`; needed for `gpt2`
/// @param tokens   `tokenizer.ggml.tokens`
/// @param scores   `tokenizer.ggml.scores`; may be empty but for `llama` and `t5`
/// @param types    `tokenizer.ggml.token_type`: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; if
///                 empty, all are normal
/// @param merges   `tokenizer.ggml.merges`, two pieces with a blank between; may be empty but for `gpt2`
/// @param settings what else the metadata say
/// @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF</a>
public record GgufVocabulary(String model, Optional<String> pre, List<String> tokens, float[] scores, int[] types,
                             List<String> merges, Settings settings) {

    private static final int NORMAL = 1;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final String WORD_START = "\u2581";

    /// Settings that a file may leave out.
    ///
    /// @param beginning         `bos_token_id`; for `bert` `cls_token_id`
    /// @param end               `eos_token_id`; for `bert` `seperator_token_id`, spelled so
    /// @param unknown           `unknown_token_id`
    /// @param addsBeginning     `add_bos_token`; if it is not said, `llama` and `bert` do
    /// @param addsEnd           `add_eos_token`; if it is not said, `bert` and `t5` do
    /// @param addsSpacePrefix   `add_space_prefix`; true if it is not said
    /// @param removesExtraSpace `remove_extra_whitespaces`; false if it is not said
    /// @param characterMap      `precompiled_charsmap`; may be empty
    public record Settings(OptionalInt beginning, OptionalInt end, OptionalInt unknown, Optional<Boolean> addsBeginning,
                           Optional<Boolean> addsEnd, Optional<Boolean> addsSpacePrefix,
                           Optional<Boolean> removesExtraSpace, byte[] characterMap) {

        /// What is assumed of a file that says nothing.
        public static final Settings NONE = new Settings(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(),
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), new byte[0]);
    }

    /// The tokenizer. Special tokens that the settings ask for are reported, not added.
    ///
    /// @throws IllegalArgumentException if the vocabulary contradicts itself, or its kind is not supported
    public PipelineTokenizer tokenizer() {
        try {
            checkLengths();
            return switch (model) {
                case "llama" -> sentencePiece(SentencePieceProto.ModelKind.BPE);
                case "t5" -> sentencePiece(SentencePieceProto.ModelKind.UNIGRAM);
                case "gpt2" -> byteLevel();
                case "bert" -> wordPiece();
                default -> throw new IllegalArgumentException(
                        "tokenizer.ggml.model \"%s\" is not supported; known are llama, t5, gpt2, bert"
                                .formatted(model));
            };
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the vocabulary of the GGUF file: " + e.getMessage(), e);
        }
    }

    private void checkLengths() {
        boolean needsScores = model.equals("llama") || model.equals("t5");
        if (tokens.isEmpty() || tokens.size() > Vocabulary.MAX_SIZE) {
            throw new IllegalArgumentException("tokenizer.ggml.tokens has %d tokens; 1 to %d are read"
                    .formatted(tokens.size(), Vocabulary.MAX_SIZE));
        }
        if (scores.length != tokens.size() && (needsScores || scores.length > 0)) {
            throw new IllegalArgumentException("tokenizer.ggml.scores has %d numbers for %d tokens"
                    .formatted(scores.length, tokens.size()));
        }
        if (types.length != tokens.size() && types.length > 0) {
            throw new IllegalArgumentException("tokenizer.ggml.token_type has %d numbers for %d tokens"
                    .formatted(types.length, tokens.size()));
        }
        for (OptionalInt id : List.of(settings.beginning, settings.end, settings.unknown)) {
            if (id.isPresent() && (id.getAsInt() < 0 || id.getAsInt() >= tokens.size())) {
                throw new IllegalArgumentException("a special token has id %d; the vocabulary's ids run from 0 to %d"
                        .formatted(id.getAsInt(), tokens.size() - 1));
            }
        }
    }

    private int type(int id) {
        return types.length == 0 ? NORMAL : types[id];
    }

    private PipelineTokenizer sentencePiece(SentencePieceProto.ModelKind kind) {
        int unknown = settings.unknown.orElseGet(() -> IntStream.range(0, tokens.size())
                .filter(id -> type(id) == 1 + SentencePieceProto.Kind.UNKNOWN.ordinal()).findFirst().orElse(0));
        List<SentencePieceProto.Piece> pieces = new ArrayList<>(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            pieces.add(new SentencePieceProto.Piece(tokens.get(id), scores[id], kind(id, unknown)));
        }
        boolean hasBytes = tokens.contains(Model.byteName(0));
        var proto = new SentencePieceProto(List.copyOf(pieces), kind, hasBytes, " \u2047 ",
                CharacterMap.of(ByteBuffer.wrap(settings.characterMap)), settings.addsSpacePrefix.orElse(true),
                settings.removesExtraSpace.orElse(false), true);
        boolean isBpe = kind == SentencePieceProto.ModelKind.BPE;
        return SentencePieceFile.assemble(proto, List.of(), around(isBpe, !isBpe));
    }

    /// The kind of a piece. One is the unknown piece, whatever the types say of it and of others.
    private SentencePieceProto.Kind kind(int id, int unknown) {
        int type = type(id);
        SentencePieceProto.Kind[] kinds = SentencePieceProto.Kind.values();
        if (type < 1 || type > kinds.length || !Float.isFinite(scores[id])) {
            throw new IllegalArgumentException("token %d (\"%s\") has the type %d and the score %s"
                    .formatted(id, tokens.get(id), type, scores[id]));
        }
        if (id == unknown) {
            return SentencePieceProto.Kind.UNKNOWN;
        }
        return kinds[type - 1] == SentencePieceProto.Kind.UNKNOWN ? SentencePieceProto.Kind.CONTROL : kinds[type - 1];
    }

    private PipelineTokenizer byteLevel() {
        String name = pre.orElseThrow(() -> new IllegalArgumentException(
                "tokenizer.ggml.pre is missing, so it is not known how text is cut into words"));
        PreTokenizer preTokenizer = cutting(name);
        boolean ignoresMerges = List.of("llama-bpe", "llama3", "llama-v3").contains(name);
        boolean isComposed = List.of("qwen2", "deepseek-r1-qwen").contains(name);
        Normalizer normalizer = isComposed ? new Normalizer.Unicode(Form.NFC) : new Normalizer.Sequence(List.of());
        var pairs = new ArrayList<BytePair.Merge>(merges.size());
        for (int i = 0; i < merges.size(); i++) {
            pairs.add(merge(i));
        }
        var bpe = new BytePair(vocabulary(tokens), pairs,
                new BytePair.Options(Optional.empty(), "", "", false, false, ignoresMerges));
        return new PipelineTokenizer(new PipelineTokenizer.Parts(new AddedTokens(addedTokens(), normalizer), normalizer,
                preTokenizer, bpe, around(ignoresMerges, false), new Decoder.ByteLevel()));
    }

    /// How the tokenizers that `pre` names cut text.
    private static PreTokenizer cutting(String name) {
        return switch (name) {
            case "gpt-2", "phi-2", "mpt", "olmo", "jais", "trillion", "granite-docling" ->
                    new PreTokenizer.ByteLevel(false, true);
            case "llama-bpe", "llama3", "llama-v3", "dbrx", "smaug-bpe" -> split(WordScanner.THREE_DIGITS);
            case "qwen2", "deepseek-r1-qwen", "stablelm2" -> split(WordScanner.ONE_DIGIT);
            case "smollm", "starcoder", "refact", "command-r", "codeshell", "minerva-7b" ->
                    new PreTokenizer.Sequence(List.of(new PreTokenizer.Around(PreTokenizer.CharacterClass.NUMERIC,
                            PreTokenizer.Behavior.ISOLATED), new PreTokenizer.ByteLevel(false, true)));
            case "gpt-4o", "llama4" -> new PreTokenizer.Sequence(List.of(
                    isolated(TextPattern.regex(PublishedPatterns.O200K)), new PreTokenizer.ByteLevel(false, false)));
            case "falcon" -> new PreTokenizer.Sequence(List.of(
                    isolated(TextPattern.regex(PublishedPatterns.FALCON_SYMBOLS)),
                    isolated(PreTokenizer.GPT2_PATTERN), isolated(TextPattern.regex("[0-9][0-9][0-9]")),
                    new PreTokenizer.ByteLevel(false, false)));
            default -> throw new IllegalArgumentException(("tokenizer.ggml.pre \"%s\" is not supported; known are "
                    + "gpt-2, llama-bpe, qwen2, smollm, starcoder, falcon, gpt-4o and others that cut like them. Use "
                    + "the tokenizer.json of the original model").formatted(name));
        };
    }

    private static PreTokenizer split(WordScanner scanner) {
        return new PreTokenizer.Sequence(List.of(isolated(new TextPattern.Scanned(scanner)),
                new PreTokenizer.ByteLevel(false, false)));
    }

    private static PreTokenizer isolated(TextPattern pattern) {
        return new PreTokenizer.Split(pattern, PreTokenizer.Behavior.ISOLATED, false);
    }

    private BytePair.Merge merge(int index) {
        String text = merges.get(index);
        int blank = text.indexOf(' ', 1);
        if (blank < 1 || blank == text.length() - 1) {
            throw new IllegalArgumentException(("tokenizer.ggml.merges[%d] is \"%s\" but must be two pieces with a "
                    + "blank ").formatted(index, text) + "between");
        }
        return new BytePair.Merge(text.substring(0, blank), text.substring(blank + 1));
    }

    private static Vocabulary vocabulary(List<String> spelled) {
        var ids = new Object2IntOpenHashMap<String>(spelled.size());
        for (int id = 0; id < spelled.size(); id++) {
            if (ids.containsKey(spelled.get(id))) {
                throw new IllegalArgumentException("the token \"%s\" has two ids, %d and %d".formatted(spelled.get(id),
                        ids.getInt(spelled.get(id)), id));
            }
            ids.put(spelled.get(id), id);
        }
        return new Vocabulary(ids);
    }

    /// Control tokens are special, user-defined ones are found in any text.
    private List<AddedToken> addedTokens() {
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < tokens.size(); id++) {
            if (tokens.get(id).isEmpty()) {
                throw new IllegalArgumentException("token %d is empty".formatted(id));
            }
            if (type(id) == CONTROL) {
                added.add(AddedToken.special(id, tokens.get(id)));
            } else if (type(id) == USER_DEFINED) {
                added.add(new AddedToken(id, tokens.get(id), false, false, false, false, false));
            }
        }
        return added;
    }

    /// What is put around a text, if the settings say so or say nothing.
    private PostProcessor around(boolean usuallyBegins, boolean usuallyEnds) {
        int[] prefix = settings.addsBeginning.orElse(usuallyBegins)
                ? settings.beginning.stream().toArray() : new int[0];
        int[] suffix = settings.addsEnd.orElse(usuallyEnds) ? settings.end.stream().toArray() : new int[0];
        return new PostProcessor(prefix, suffix, PostProcessor.Trim.NONE);
    }

    private PipelineTokenizer wordPiece() {
        List<String> spelled = tokens.stream().map(GgufVocabulary::bertSpelling).toList();
        Vocabulary vocabulary = vocabulary(spelled);
        int unknown = settings.unknown.orElseGet(() -> vocabulary.idOf("[UNK]").orElseThrow(() ->
                new IllegalArgumentException("there is no unknown_token_id and no token [UNK]")));
        var normalizer = new Normalizer.Bert(true, true, true, true);
        List<AddedToken> added = addedTokens().stream().map(token -> AddedToken.special(token.id(),
                spelled.get(token.id()))).toList();
        return new PipelineTokenizer(new PipelineTokenizer.Parts(new AddedTokens(added, normalizer), normalizer,
                PreTokenizer.BERT, new WordPiece(vocabulary, unknown, "##", 100), around(true, true),
                new Decoder.WordPiece("##", true)));
    }

    /// The converter of llama.cpp marks the beginnings of words instead of what follows.
    private static String bertSpelling(String token) {
        if (token.startsWith("[") && token.endsWith("]")) {
            return token;
        }
        return token.startsWith(WORD_START) ? token.substring(1) : "##" + token;
    }
}
