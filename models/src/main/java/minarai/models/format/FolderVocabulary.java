package minarai.models.format;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The vocabulary of a tokenizer.json as the fields that GGUF has for it.
///
/// Byte-level BPE becomes `gpt2` with its merges, where GGUF has a name for the way it cuts text into words. BPE with
/// byte fallback becomes `llama`, whose merging goes by scores: a piece's score is minus the rank of the first merge
/// that makes it, so that what is merged first has the highest.
final class FolderVocabulary {

    private static final long MAX_BYTES = 1L << 27;
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    /// The patterns that cut text into words, as tokenizer.json has them, and their names in GGUF.
    private static final Map<String, String> PATTERNS = Map.of(
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
                    + "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", "qwen2",
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
                    + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+", "llama-bpe");

    private final String source;
    private final ObjectNode root;
    private final JsonNode model;
    private final List<String> tokens;
    private final int[] types;

    private FolderVocabulary(Path file, int size) {
        source = file.toString();
        root = JsonFile.read(file, MAX_BYTES);
        model = root.path("model");
        if (!model.path("type").asString("BPE").equals("BPE") || !model.path("vocab").isObject()) {
            throw wrong("its model is %s; only BPE is written".formatted(model.path("type").asString("unknown")));
        }
        tokens = new ArrayList<>(Collections.nCopies(size, ""));
        types = new int[size];
    }

    /// @param file        tokenizer.json
    /// @param size        rows of the embedding; ids without a token become unused ones
    /// @param flags       `add_bos_token` and `add_eos_token`
    /// @param template    the chat template
    /// @throws IllegalArgumentException if GGUF has no way to say what the tokenizer does
    static StoredVocabulary read(Path file, int size, Map<String, Boolean> flags, Optional<String> template) {
        return new FolderVocabulary(file, size).read(flags, template);
    }

    private StoredVocabulary read(Map<String, Boolean> flags, Optional<String> template) {
        for (var entry : model.path("vocab").properties()) {
            put(entry.getValue().asInt(-1), entry.getKey(), NORMAL);
        }
        boolean isByteLevel = root.path("decoder").toString().contains("\"ByteLevel\"");
        if (!isByteLevel && !model.path("byte_fallback").asBoolean(false)) {
            throw wrong("it is neither byte-level nor falls back to bytes");
        }
        for (JsonNode token : root.path("added_tokens")) {
            put(token.path("id").asInt(-1), token.path("content").asString(""),
                    token.path("special").asBoolean(false) ? CONTROL : USER_DEFINED);
        }
        var ids = new HashMap<String, Integer>();
        for (int id = 0; id < tokens.size(); id++) {
            if (types[id] == 0) {
                put(id, "[PAD%d]".formatted(id), UNUSED);
            }
            if (ids.put(tokens.get(id), id) != null) {
                throw wrong("the token \"%s\" has two ids".formatted(tokens.get(id)));
            }
        }
        return isByteLevel ? byteLevel(flags, template) : sentencePiece(ids, flags, template);
    }

    private void put(int id, String token, int type) {
        if (id < 0 || id >= tokens.size()) {
            throw wrong("the token \"%s\" has the id %d; the embedding has %d rows".formatted(token, id,
                    tokens.size()));
        }
        tokens.set(id, token);
        types[id] = type;
    }

    private StoredVocabulary byteLevel(Map<String, Boolean> flags, Optional<String> template) {
        return new StoredVocabulary("gpt2", Optional.of(cutting()), tokens, List.of(), types(), merges(),
                Map.of(), flags, List.of(), template);
    }

    /// The name of the pre-tokenizer.
    private String cutting() {
        JsonNode cut = root.path("pre_tokenizer");
        var steps = new ArrayList<JsonNode>();
        if (cut.path("type").asString("").equals("Sequence")) {
            cut.path("pretokenizers").forEach(steps::add);
        } else {
            steps.add(cut);
        }
        JsonNode first = steps.isEmpty() ? cut : steps.getFirst();
        String type = first.path("type").asString("none");
        JsonNode last = steps.isEmpty() ? cut : steps.getLast();
        boolean isUsual = last.path("type").asString("").equals("ByteLevel")
                && !last.path("add_prefix_space").asBoolean(true) && steps.size() <= 2;
        boolean hasPattern = last.path("use_regex").asBoolean(true);
        Optional<String> name = Optional.empty();
        if (isUsual && type.equals("ByteLevel") && steps.size() == 1 && hasPattern) {
            name = Optional.of("gpt-2");
        } else if (isUsual && type.equals("Digits") && first.path("individual_digits").asBoolean(false) && hasPattern) {
            name = Optional.of("smollm");
        } else if (isUsual && type.equals("Split") && !hasPattern) {
            name = Optional.ofNullable(PATTERNS.get(first.path("pattern").path("Regex").asString("")));
        }
        boolean isComposed = root.path("normalizer").path("type").asString("").equals("NFC");
        return name.filter(found -> isComposed == found.equals("qwen2")).orElseThrow(() -> wrong(
                "GGUF has no name for its pre-tokenizer"));
    }

    private StoredVocabulary sentencePiece(Map<String, Integer> ids, Map<String, Boolean> flags,
            Optional<String> template) {
        var scores = new ArrayList<>(Collections.nCopies(tokens.size(), 0f));
        var scored = new HashSet<Integer>();
        var merges = merges();
        for (int rank = 0; rank < merges.size(); rank++) {
            int id = ids.getOrDefault(merges.get(rank).replaceFirst(" ", ""), -1);
            if (id >= 0 && scored.add(id)) {
                scores.set(id, (float) -rank);
            }
        }
        for (int id = 0; id < tokens.size(); id++) {
            types[id] = tokens.get(id).matches("<0x[0-9A-F]{2}>") ? BYTE : types[id];
        }
        var special = new LinkedHashMap<String, Integer>();
        String unknown = model.path("unk_token").asString("");
        if (ids.containsKey(unknown)) {
            special.put("unknown_token_id", ids.getOrDefault(unknown, 0));
            types[ids.getOrDefault(unknown, 0)] = UNKNOWN;
        }
        var all = new LinkedHashMap<>(flags);
        all.put("add_space_prefix", root.path("normalizer").toString().contains("\"Prepend\"")
                || root.path("pre_tokenizer").toString().contains("\"prepend_scheme\":\"first\"")
                || root.path("pre_tokenizer").toString().contains("\"prepend_scheme\":\"always\""));
        return new StoredVocabulary("llama", Optional.of("default"), tokens, scores, types(),
                List.of(), special, all, List.of(), template);
    }

    /// Merges as two pieces with a blank between, however the file writes them.
    private List<String> merges() {
        var merges = new ArrayList<String>();
        Set<String> seen = new HashSet<>();
        for (JsonNode merge : model.path("merges")) {
            String text = merge.isArray() ? merge.path(0).asString("") + " " + merge.path(1).asString("")
                    : merge.asString("");
            if (text.chars().filter(each -> each == ' ').count() != 1) {
                throw wrong("GGUF cannot write the merge \"%s\", which is not two pieces without blanks"
                        .formatted(text));
            }
            if (seen.add(text)) {
                merges.add(text);
            }
        }
        return merges;
    }

    private List<Integer> types() {
        var list = new ArrayList<Integer>(types.length);
        for (int type : types) {
            list.add(type);
        }
        return list;
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("writing the tokenizer %s as a vocabulary of GGUF: %s".formatted(source,
                what));
    }
}
