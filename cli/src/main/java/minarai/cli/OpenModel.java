package minarai.cli;

import java.io.Closeable;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import minarai.models.Mismatch;
import minarai.models.ModelSource;
import minarai.models.format.ModelFolder;
import minarai.tokenizer.chat.Misfit;

/// A model folder that may lack a tokenizer: then it can be asked in token ids only.
///
/// @param folder configuration and weights
/// @param source the folder with its tokenizer and template, where it has a tokenizer
record OpenModel(ModelFolder folder, Optional<ModelSource> source) implements Closeable {

    /// @throws minarai.models.MismatchException if the tokenizer is not the model's and that is not allowed
    static OpenModel of(Path path, Optional<String> template, LocalDateTime clock, Set<Mismatch> allowed) {
        var folder = ModelFolder.open(path);
        if (folder.tokenizerFiles().isEmpty() && folder.vocabulary().isEmpty()) {
            return new OpenModel(folder, Optional.empty());
        }
        folder.close();
        var source = ModelSource.open(path, template, clock, allowed);
        return new OpenModel(source.folder(), Optional.of(source));
    }

    OpenModel tolerating(Set<Misfit.Kind> misfits) {
        return new OpenModel(folder, source.map(each -> each.tolerating(misfits)));
    }

    /// @throws IllegalArgumentException if there is no tokenizer
    ModelSource requireSource() {
        return source.orElseThrow(() -> new IllegalArgumentException(("the model %s has no tokenizer, so it can be "
                + "asked in token ids only (--ids). A tokenizer.json that belongs to it would do.")
                .formatted(folder.path())));
    }

    /// The tokens that end an answer. A template says one more, where a conversation is written by one.
    Set<Integer> ends(boolean isChat) {
        return isChat ? requireSource().ends() : new LinkedHashSet<>(folder.config().eosIds());
    }

    @Override
    public void close() {
        folder.close();
    }
}
