package minarai.models.format;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import minarai.tokenizer.GgufVocabulary;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.TokenizerFile;

/// The vocabulary in a GGUF file: the fields `tokenizer.ggml.*` as they are, and the chat template.
///
/// @param model          the kind of tokenizer, `gpt2` for byte-level BPE, `llama` for SentencePiece
/// @param pre            the name of its pre-tokenizer, e.g. `qwen2`
/// @param tokens         all tokens by id
/// @param scores         a number for each token, or none at all
/// @param types          1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused, 6 byte; for each token, or none at
///         all
/// @param merges         two pieces with a blank between, the first to be merged first
/// @param ids            ids of special tokens by the name of their key, e.g. `bos_token_id`
/// @param flags          what is done at the ends of a text by the name of the key, e.g. `add_bos_token`
/// @param characterMap   the bytes of SentencePiece's `precompiled_charsmap`, or none at all
/// @param chatTemplate   Jinja
public record StoredVocabulary(String model, Optional<String> pre, List<String> tokens, List<Float> scores,
        List<Integer> types, List<String> merges, Map<String, Integer> ids, Map<String, Boolean> flags,
        List<Integer> characterMap, Optional<String> chatTemplate) {

    private static final String PREFIX = "tokenizer.ggml.";
    private static final String TEMPLATE = "tokenizer.chat_template";
    private static final String CHARACTER_MAP = PREFIX + "precompiled_charsmap";
    private static final List<String> IDS = List.of("bos_token_id", "eos_token_id", "eot_token_id", "eom_token_id",
            "unknown_token_id", "padding_token_id", "cls_token_id", "seperator_token_id");
    private static final List<String> FLAGS = List.of("add_bos_token", "add_eos_token", "add_space_prefix",
            "remove_extra_whitespaces");

    /// @throws IllegalArgumentException if there are scores or types, but not one for each token
    public StoredVocabulary {
        tokens = List.copyOf(tokens);
        scores = List.copyOf(scores);
        types = List.copyOf(types);
        merges = List.copyOf(merges);
        ids = Map.copyOf(ids);
        flags = Map.copyOf(flags);
        characterMap = List.copyOf(characterMap);
        requireForEach("scores", scores, tokens);
        requireForEach("token_type", types, tokens);
    }

    private static void requireForEach(String key, List<?> list, List<String> tokens) {
        if (!list.isEmpty() && list.size() != tokens.size()) {
            throw new IllegalArgumentException("%s%s has %d values for %d tokens".formatted(PREFIX, key, list.size(),
                    tokens.size()));
        }
    }

    /// The vocabulary of a GGUF file, which need not hold a model.
    ///
    /// @throws IllegalArgumentException      if it is not a sound GGUF file with a vocabulary
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static StoredVocabulary in(Path path) {
        try (var file = GgufFile.open(path)) {
            return of(file).orElseThrow(() -> new IllegalArgumentException("%s has no vocabulary".formatted(path)));
        }
    }

    /// Writes the files that a model folder has for its tokenizer and template.
    ///
    /// @throws IllegalArgumentException if tokenizer.json cannot say what the tokenizer does
    void writeInto(Path folder) {
        TokenizerFile.write(tokenizer(), folder.resolve("tokenizer.json"));
        var settings = JsonFile.object();
        Map.of("bos_token_id", "bos_token", "eos_token_id", "eos_token").forEach((key, name) ->
                Optional.ofNullable(ids.get(key)).filter(id -> id >= 0 && id < tokens.size())
                        .ifPresent(id -> settings.put(name, tokens.get(id))));
        Beside.writeFile(folder.resolve("tokenizer_config.json"), JsonFile.bytes(settings));
        chatTemplate.ifPresent(text -> Beside.writeFile(folder.resolve("chat_template.jinja"),
                text.getBytes(StandardCharsets.UTF_8)));
    }

    /// The vocabulary of a file, empty where it has none.
    ///
    /// @throws IllegalArgumentException if its fields are unsound
    static Optional<StoredVocabulary> of(GgufFile file) {
        var fields = new GgufFields(file.values());
        var model = fields.text(PREFIX + "model");
        if (model.isEmpty() || !fields.has(PREFIX + "tokens")) {
            return Optional.empty();
        }
        var ids = new LinkedHashMap<String, Integer>();
        IDS.forEach(key -> fields.id(PREFIX + key).ifPresent(id -> ids.put(key, id)));
        var flags = new LinkedHashMap<String, Boolean>();
        FLAGS.forEach(key -> fields.flag(PREFIX + key).ifPresent(isSo -> flags.put(key, isSo)));
        return Optional.of(new StoredVocabulary(model.get(), fields.text(PREFIX + "pre"),
                fields.texts(PREFIX + "tokens"), fields.numbers(PREFIX + "scores"),
                fields.integers(PREFIX + "token_type"), fields.texts(PREFIX + "merges"), ids, flags,
                fields.integers(CHARACTER_MAP), fields.text(TEMPLATE)));
    }

    /// The vocabulary of a tokenizer.json.
    ///
    /// @param file     tokenizer.json
    /// @param size     rows of the embedding; ids without a token become unused ones
    /// @param flags    `add_bos_token` and `add_eos_token`
    /// @param template the chat template
    /// @throws IllegalArgumentException if GGUF has no way to say what the tokenizer does
    public static StoredVocabulary ofFolder(Path file, int size, Map<String, Boolean> flags,
            Optional<String> template) {
        return FolderVocabulary.read(file, size, flags, template);
    }

    /// The same with another chat template.
    public StoredVocabulary withTemplate(Optional<String> template) {
        return new StoredVocabulary(model, pre, tokens, scores, types, merges, ids, flags, characterMap, template);
    }

    /// The tokenizer that the fields describe.
    ///
    /// @throws IllegalArgumentException if they contradict each other, or the kind of tokenizer is not supported
    public PipelineTokenizer tokenizer() {
        var numbers = new float[scores.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = scores.get(i);
        }
        var map = new byte[characterMap.size()];
        for (int i = 0; i < map.length; i++) {
            map[i] = characterMap.get(i).byteValue();
        }
        boolean isBert = model.equals("bert");
        var settings = new GgufVocabulary.Settings(id(isBert ? "cls_token_id" : "bos_token_id"),
                id(isBert ? "seperator_token_id" : "eos_token_id"), id("unknown_token_id"), flag("add_bos_token"),
                flag("add_eos_token"), flag("add_space_prefix"), flag("remove_extra_whitespaces"), map);
        return new GgufVocabulary(model, pre, tokens, numbers, types.stream().mapToInt(Integer::intValue).toArray(),
                merges, settings).tokenizer();
    }

    private OptionalInt id(String key) {
        return ids.containsKey(key) ? OptionalInt.of(ids.getOrDefault(key, 0)) : OptionalInt.empty();
    }

    private Optional<Boolean> flag(String key) {
        return Optional.ofNullable(flags.get(key));
    }

    /// The fields as they are written.
    SequencedMap<String, GgufValue> values() {
        var values = new LinkedHashMap<String, GgufValue>();
        values.put(PREFIX + "model", GgufValue.of(model));
        pre.ifPresent(name -> values.put(PREFIX + "pre", GgufValue.of(name)));
        values.put(PREFIX + "tokens", GgufValue.ofTexts(tokens));
        if (!scores.isEmpty()) {
            values.put(PREFIX + "scores", GgufValue.ofNumbers(scores));
        }
        if (!types.isEmpty()) {
            values.put(PREFIX + "token_type", GgufValue.ofIntegers(types));
        }
        if (!merges.isEmpty()) {
            values.put(PREFIX + "merges", GgufValue.ofTexts(merges));
        }
        IDS.forEach(key -> Optional.ofNullable(ids.get(key)).ifPresent(id ->
                values.put(PREFIX + key, GgufValue.of(id))));
        FLAGS.forEach(key -> Optional.ofNullable(flags.get(key)).ifPresent(isSo ->
                values.put(PREFIX + key, GgufValue.of(isSo))));
        if (!characterMap.isEmpty()) {
            values.put(CHARACTER_MAP, new GgufValue.Items(GgufValue.Type.UINT8, characterMap.stream()
                    .<GgufValue>map(each -> new GgufValue.Whole(GgufValue.Type.UINT8, each & 0xff)).toList()));
        }
        chatTemplate.ifPresent(template -> values.put(TEMPLATE, GgufValue.of(template)));
        return values;
    }
}
