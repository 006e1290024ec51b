package minarai.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.engine.Tensor;
import minarai.models.Merge;
import minarai.models.WrittenWeights;
import minarai.models.format.DataType;
import minarai.models.format.GgufExport;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.SafetensorsWriter.Rows;
import minarai.models.format.StoredVocabulary;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.Tokenizers;
import minarai.tokenizer.chat.ChatTemplate;

/// Writes a model as GGUF with its vocabulary and template, reads it back and compares logits.
///
/// @param merge  the adapter that is merged in, if one is
record ExportGguf(ModelFolder base, Optional<Merge> merge, DataType type, Probing probing, Console console) {

    /// Blanks, digits, accents, Japanese, an emoji, code: what tokenizers disagree on.
    private static final String PROBE = "Hello, world!  It's 2026 naïve café\tif (x >= 1024) {\n 東京は日本の首都です。 ﾊﾟﾝ 🍳 ";
    private static final int LONGEST_PROBE = 4000;

    Map<String, Object> write(Path output) {
        String name = output.getFileName().toString().replaceFirst("\\.gguf$", "");
        var vocabulary = vocabulary();
        var export = new GgufExport(base.config(), this::rows, type, name, vocabulary, texts());
        export.write(output);
        if (base.config().eosIds().size() > 3) {
            console.remark("The model ends its answers with %d tokens; GGUF has names for the first three.",
                    base.config().eosIds().size());
        }
        remarkOnWindow();
        var fields = new LinkedHashMap<String, Object>();
        try (var written = ModelFolder.open(output)) {
            fields.put("type", type.name());
            fields.put("tensors", written.weights().names().size());
            fields.put("tokens", vocabulary.map(each -> each.tokens().size()).orElse(0));
            fields.putAll(compared(export, written, output));
        }
        return fields;
    }

    /// What came back has the bits of what was written, rounded alike; a merge in f32 is also near to base and adapter
    /// apart.
    ///
    /// @throws Probing.Failure if it does not, or is not
    Map<String, Object> compared(GgufExport export, ModelFolder written, Path output) {
        var asked = probing.logits(written);
        if (isExact()) {
            return Probing.fields(Merge.Drift.of(original(), asked), 0, output);
        }
        probing.requireWritten(new WrittenWeights(base.config(), this::rows, export::encoding,
                probing.kernels().panelWidth()), asked, output);
        var drift = Merge.Drift.of(original(), asked);
        return Probing.fields(drift, merge.isPresent() ? drift.bound(base.config(), type) : Double.MAX_VALUE, output);
    }

    /// Nothing is rounded in f32, but for Gemma's gains: the file has them with the one they are counted from.
    private boolean isExact() {
        return type == DataType.F32 && merge.isEmpty() && !base.config().typeName().startsWith("gemma");
    }

    /// The windows of Gemma go with its architecture; those of Mistral and Phi-3 are a key beside it.
    private void remarkOnWindow() {
        if (base.config() instanceof LlamaConfig llama && !llama.typeName().startsWith("gemma")
                && llama.slidingWindow().orElse(Integer.MAX_VALUE) < llama.maxPositions()) {
            console.remark("A query of this model sees %d positions at most. The file says so, but other programs may "
                    + "ignore it: they then compute other logits for texts that are longer.",
                    llama.slidingWindow().getAsInt());
        }
    }

    private Rows rows(String weight) {
        return merge.isPresent() ? merge.get().rows(weight) : base.rows(weight);
    }

    private Map<String, String> texts() {
        return merge.map(each -> Map.of(Merge.HELD, each.held())).orElseGet(() -> Optional.ofNullable(
                base.weights().metadata().get(Merge.HELD)).map(held -> Map.of(Merge.HELD, held)).orElse(Map.of()));
    }

    /// Of a GGUF file as it is; of a folder translated from its tokenizer.json.
    private Optional<StoredVocabulary> vocabulary() {
        if (base.vocabulary().isPresent()) {
            return base.vocabulary();
        }
        var file = base.file("tokenizer.json").filter(base.tokenizerFiles()::contains);
        if (file.isEmpty()) {
            console.remark("The model has no tokenizer.json, so the file gets no vocabulary: it can be asked in token "
                    + "ids only.");
            return Optional.empty();
        }
        var tokenizer = Tokenizers.of(file.get());
        var template = ChatTemplate.in(base.tokenizerFolder(), ModelOptions.present()).map(ChatTemplate::source);
        var vocabulary = StoredVocabulary.ofFolder(file.get(), base.config().vocabularySize(),
                Map.of("add_bos_token", tokenizer.prefix().length > 0, "add_eos_token", tokenizer.suffix().length > 0),
                template);
        compare(tokenizer, vocabulary.tokenizer());
        return Optional.of(vocabulary);
    }

    /// GGUF has no field for all that a tokenizer.json can say. What differs is said, text and special tokens apart.
    private void compare(PipelineTokenizer folder, PipelineTokenizer written) {
        var marked = new StringBuilder(PROBE);
        for (int id = 0; id < folder.vocabularySize() && marked.length() < LONGEST_PROBE; id++) {
            if (folder.isSpecial(id)) {
                marked.append(folder.piece(id)).append("Say it.\n");
            }
        }
        if (!Arrays.equals(folder.encode(PROBE).ids(), written.encode(PROBE).ids())) {
            console.remark("The vocabulary of the file cuts text otherwise than tokenizer.json: GGUF cannot say all of "
                    + "it.");
        } else if (!Arrays.equals(folder.encode(marked.toString(), _ -> true).ids(),
                written.encode(marked.toString(), _ -> true).ids())) {
            console.remark("The vocabulary of the file cuts text with special tokens otherwise than tokenizer.json: "
                    + "GGUF cannot say all of it.");
        }
    }

    private List<Tensor> original() {
        return merge.isPresent() ? probing.logits(base, merge.get().adapter()) : probing.logits(base);
    }
}
