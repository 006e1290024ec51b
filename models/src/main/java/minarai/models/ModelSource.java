package minarai.models;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import minarai.engine.Kernels;
import minarai.engine.Storage;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;
import minarai.models.format.StoredVocabulary;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.Tokenizers;
import minarai.tokenizer.chat.ChatTemplate;
import minarai.tokenizer.chat.Misfit;

/// A model folder, or a file that is read as one, with all that goes with it: weights, tokenizer and, where it has one
/// or one was named, chat template.
///
/// Networks are built from it as often as needed: the base alone, with an adapter, or with all weights trained.
///
/// @param folder    configuration and weights
/// @param tokenizer its tokenizer
/// @param template  its chat template
public record ModelSource(ModelFolder folder, PipelineTokenizer tokenizer, Optional<ChatTemplate> template)
        implements Closeable {

    private static final long LONGEST_TEMPLATE = 1 << 20;

    /// @param path     a Hugging Face model folder, a GGUF file, or a checkpoint of llama2.c with a tokenizer beside it
    /// @param template a template's name or file in place of the folder's own; empty for the folder's own
    /// @param clock    what the template takes for the present
    /// @throws IllegalArgumentException if the folder, its tokenizer or the template is not sound
    public static ModelSource open(Path path, Optional<String> template, LocalDateTime clock) {
        return open(path, template, clock, Set.of());
    }

    /// As above.
    ///
    /// @param allowed what is let pass
    /// @throws MismatchException if the tokenizer is not the model's and that is not allowed
    public static ModelSource open(Path path, Optional<String> template, LocalDateTime clock, Set<Mismatch> allowed) {
        var folder = ModelFolder.open(path);
        boolean isSound = false;
        try {
            var tokenizer = folder.vocabulary().map(StoredVocabulary::tokenizer)
                    .orElseGet(() -> Tokenizers.of(folder.tokenizerFolder()));
            List<String> faults = TokenizerFit.faults(folder, tokenizer);
            if (!faults.isEmpty()) {
                Mismatch.OTHER_TOKENIZER.refuseUnless(allowed,
                        ("opening the model %s: %s. Does the tokenizer belong to "
                        + "this model? Use the tokenizer's files that came with it.").formatted(path,
                        String.join("; ", faults)));
            }
            var source = new ModelSource(folder, tokenizer, template(folder, tokenizer, template, clock));
            isSound = true;
            return source;
        } finally {
            if (!isSound) {
                folder.close();
            }
        }
    }

    private static Optional<ChatTemplate> template(ModelFolder folder, PipelineTokenizer tokenizer,
            Optional<String> named, LocalDateTime clock) {
        if (named.isEmpty() && folder.vocabulary().isEmpty()) {
            return ChatTemplate.in(folder.tokenizerFolder(), clock);
        }
        ModelConfig config = folder.config();
        String bos = config.bosId().isPresent() ? TokenizerFit.piece(tokenizer, config.bosId().getAsInt()) : "";
        String eos = config.eosIds().isEmpty() ? "" : TokenizerFit.piece(tokenizer, config.eosIds().getFirst());
        if (named.isEmpty()) {
            return folder.vocabulary().flatMap(StoredVocabulary::chatTemplate)
                    .map(template -> new ChatTemplate(template, bos, eos, clock));
        }
        Path file = Path.of(named.get());
        if (ChatTemplate.NAMES.contains(named.get()) || !Files.isRegularFile(file)) {
            return Optional.of(ChatTemplate.named(named.get(), bos, eos));
        }
        return Optional.of(new ChatTemplate(text(file), bos, eos, clock));
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > LONGEST_TEMPLATE) {
                throw new IllegalArgumentException("the template %s has %d bytes; at most %d are read".formatted(file,
                        Files.size(file), LONGEST_TEMPLATE));
            }
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the template " + file, failure);
        }
    }

    public ModelConfig config() {
        return folder.config();
    }

    /// The chat template.
    ///
    /// @throws IllegalArgumentException if the folder has none and none was named
    public ChatTemplate requireTemplate() {
        return template.orElseThrow(() -> new IllegalArgumentException(("the model %s has no chat template, so it does "
                + "not say how a conversation is written. Name one: --template %s, or a file.").formatted(folder.path(),
                String.join(" | ", ChatTemplate.NAMES))));
    }

    /// The tokens that end an answer: the model's own, and the template's.
    public Set<Integer> ends() {
        var ends = new LinkedHashSet<>(config().eosIds());
        template.ifPresent(each -> each.findEndToken(tokenizer).ifPresent(ends::add));
        return ends;
    }

    /// The same with a template that renders in spite of some misfits.
    public ModelSource tolerating(Set<Misfit.Kind> misfits) {
        return new ModelSource(folder, tokenizer, template.map(each -> each.tolerating(misfits)));
    }

    /// What shows that the tokenizer is not the model's, in sentences without a stop: more tokens than the embedding
    /// has, special tokens that are ordinary ones, a configuration and a tokenizer that name different ones.
    public List<String> tokenizerFaults() {
        return TokenizerFit.faults(folder, tokenizer);
    }

    /// A hash of what the tokenizer does, however its files are written.
    public String tokenizerSha256() {
        return TokenizerFit.sha256(tokenizer);
    }

    /// The base alone, frozen and packed.
    ///
    /// @param positions the longest sequence that will be asked for
    public LanguageModel frozen(Kernels kernels, int positions) {
        return LanguageModel.of(config(), CheckpointWeights.frozen(folder, kernels), positions);
    }

    /// The base, frozen and packed, with an adapter that is collected while the network is built.
    public LanguageModel adapted(Kernels kernels, Adapter adapter, int positions) {
        requireUntied(config(), adapter.config());
        return LanguageModel.of(config(), new WithAdapters(CheckpointWeights.frozen(folder, kernels), adapter),
                positions);
    }

    /// The base with an adapter from a folder.
    ///
    /// @throws IllegalArgumentException if the adapter was made for another base or tokenizer: by their hashes where it
    ///                                  carries them, else by its layers
    public LanguageModel adapted(Kernels kernels, PeftFolder adapter, int positions) {
        requireTokenizer(adapter, Set.of());
        return adapted(folder, kernels, Optional.empty(), adapter, positions, Set.of());
    }

    /// The same of a model folder alone, which need not have a tokenizer.
    ///
    /// @param storage of the base in memory; where absent as it is stored
    /// @param allowed what is let pass
    /// @throws MismatchException        if the adapter names the hash of another base and that is not allowed
    /// @throws IllegalArgumentException if its layers are not the base's
    public static LanguageModel adapted(ModelFolder folder, Kernels kernels, Optional<Storage> storage,
            PeftFolder adapter, int positions, Set<Mismatch> allowed) {
        return adapted(folder, CheckpointWeights.frozen(folder, kernels, storage), adapter, positions, allowed);
    }

    /// The same over weights that come from elsewhere.
    ///
    /// @param base the folder's weights
    public static LanguageModel adapted(ModelFolder folder, Weights base, PeftFolder adapter, int positions,
            Set<Mismatch> allowed) {
        requireBase(folder, adapter, allowed);
        var placed = Adapter.frozen(adapter);
        var model = LanguageModel.of(folder.config(), new WithAdapters(base, placed), positions);
        placed.requirePlaced(adapter);
        return model;
    }

    /// @throws MismatchException        if the adapter names the hash of another base and that is not allowed
    /// @throws IllegalArgumentException if it has one of two tied weights as a whole
    static void requireBase(ModelFolder folder, PeftFolder adapter, Set<Mismatch> allowed) {
        requireUntied(folder.config(), adapter.config());
        adapter.baseSha256().ifPresent(needed -> {
            String present = folder.sha256();
            if (!present.equals(needed)) {
                Mismatch.OTHER_BASE.refuseUnless(allowed, ("the adapter was trained on weights with the hash %.12s…, "
                        + "but %s has %.12s…. Use the base it was trained on.").formatted(needed, folder.path(),
                        present));
            }
        });
    }

    /// @throws MismatchException if the adapter names the hash of another tokenizer and that is not allowed
    public void requireTokenizer(PeftFolder adapter, Set<Mismatch> allowed) {
        adapter.tokenizerSha256().ifPresent(needed -> {
            String present = tokenizerSha256();
            if (!present.equals(needed)) {
                Mismatch.OTHER_TOKENIZER.refuseUnless(allowed, ("the adapter was trained with a tokenizer of the hash "
                        + "%.12s…, but that of %s has %.12s…. Put back the tokenizer's files it was trained with.")
                        .formatted(needed, folder.path(), present));
            }
        });
    }

    /// The reference unties weights of which one is trained as a whole; a model that ties them cannot say so.
    ///
    /// @throws IllegalArgumentException if the adapter has one of two tied weights as a whole
    public static void requireUntied(ModelConfig config, PeftConfig adapter) {
        for (String name : config.lookUps()) {
            boolean isTied = !config.tensors().containsKey("lm_head.weight");
            if (isTied && (adapter.isSaved(name.substring(0, name.lastIndexOf('.'))) || adapter.isSaved("lm_head"))) {
                throw new IllegalArgumentException(("modules_to_save is %s, but the model ties its head to its "
                        + "embedding; of such a model neither can be trained as a whole beside an adapter")
                        .formatted(adapter.modulesToSave()));
            }
        }
    }

    @Override
    public void close() {
        folder.close();
    }
}
