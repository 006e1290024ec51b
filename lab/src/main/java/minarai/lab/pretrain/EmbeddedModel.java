package minarai.lab.pretrain;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import minarai.train.data.Sha256;
import minarai.train.run.AtomicFiles;

/// The model that the project carries: made by `minarai lab pretrain`, stored as a resource, unpacked where a model
/// folder is needed.
public final class EmbeddedModel {

    /// Its name on the command line.
    public static final String NAME = "machi";
    /// The record of its making, beside its weights.
    public static final String RECORD = "making.json";
    static final List<String> FILES = List.of("config.json", "generation_config.json", "model.safetensors",
            "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", RECORD);
    private static final String RESOURCES = "/minarai/lab/machi/";

    private EmbeddedModel() {
    }

    /// The model folder below `home`, unpacked at the first call.
    ///
    /// @param home where unpacked models are kept, e.g. `~/.minarai`
    public static Path unpack(Path home) {
        Path folder = home.resolve(NAME + "-" + Sha256.of(text(RECORD)).substring(0, 12));
        boolean isThere = FILES.stream().allMatch(file -> Files.isRegularFile(folder.resolve(file)));
        if (isThere) {
            return folder;
        }
        try {
            Files.createDirectories(home);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot make %s; set MINARAI_HOME to a folder that can be written"
                    .formatted(home), failure);
        }
        AtomicFiles.writeFolder(folder, part -> {
            for (String file : FILES) {
                try (InputStream resource = open(file)) {
                    Files.copy(resource, part.resolve(file));
                }
            }
        });
        return folder;
    }

    /// One of its texts, e.g. [#RECORD].
    public static String text(String file) {
        try (InputStream resource = open(file)) {
            return new String(resource.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the embedded model's " + file, failure);
        }
    }

    private static InputStream open(String file) {
        InputStream resource = EmbeddedModel.class.getResourceAsStream(RESOURCES + file);
        if (resource == null) {
            throw new IllegalStateException("the embedded model's " + file + " is missing from this build");
        }
        return resource;
    }
}
