package minarai.lab.pretrain;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import minarai.train.data.Sha256;
import minarai.train.run.AtomicFiles;
import minarai.train.run.Ledger;
import minarai.train.run.RunFolder;

/// The model that the project carries: made by `minarai lab pretrain`, stored as a resource, unpacked where a model
/// folder is needed.
public final class EmbeddedModel {

    /// Its name on the command line.
    public static final String NAME = "machi";
    /// The record of its making, beside its weights.
    public static final String RECORD = "making.json";
    private static final List<String> MODEL = List.of("config.json", "generation_config.json", "model.safetensors",
            "tokenizer.json", "tokenizer_config.json", "chat_template.jinja");
    static final List<String> FILES = Stream.concat(MODEL.stream(), Stream.of(RECORD)).toList();
    /// The record of the run that made it, and its ledger; a ledger is hashes for the most part, but names repeat.
    private static final String RUN = "run.json";
    private static final String LEDGER = "ledger.jsonl.gz";
    private static final String RESOURCES = "/minarai/lab/machi/";

    private EmbeddedModel() {
    }

    /// The model folder below `home`, unpacked at the first call.
    ///
    /// @param home where unpacked models are kept, e.g. `~/.minarai`
    public static Path unpack(Path home) {
        Path folder = home.resolve(NAME + "-" + Sha256.of(text(RECORD)).substring(0, 12));
        return unpacked(home, folder, () -> FILES.stream().allMatch(file -> Files.isRegularFile(folder.resolve(file))),
                part -> copy(FILES, part));
    }

    /// The folder of the run that made it, below `home`, unpacked at the first call: `run.json`, `ledger.jsonl` and
    /// what came out. Its checkpoints, of 34 MB each, are not carried.
    ///
    /// @param home as above
    public static Path unpackRun(Path home) {
        Path folder = home.resolve(NAME + "-run-" + Sha256.of(text(RECORD)).substring(0, 12));
        return unpacked(home, folder, () -> Files.isDirectory(folder), part -> {
            copy(List.of(RUN, RECORD), part);
            try (InputStream ledger = new GZIPInputStream(open(LEDGER))) {
                Files.copy(ledger, part.resolve(Ledger.NAME));
            }
            copy(MODEL, Files.createDirectory(part.resolve(RunFolder.MODEL)));
        });
    }

    /// Another process may unpack the same at the same moment; whose folder it is in the end does not matter.
    private static Path unpacked(Path home, Path folder, BooleanSupplier isThere, AtomicFiles.FolderContent content) {
        if (!isThere.getAsBoolean()) {
            requireHome(home);
            try {
                AtomicFiles.writeFolder(folder, content);
            } catch (UncheckedIOException | IllegalArgumentException failure) {
                if (!isThere.getAsBoolean()) {
                    throw failure;
                }
            }
        }
        return folder;
    }

    private static void requireHome(Path home) {
        try {
            Files.createDirectories(home);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot make %s; set MINARAI_HOME to a folder that can be written"
                    .formatted(home), failure);
        }
    }

    private static void copy(List<String> files, Path folder) throws IOException {
        for (String file : files) {
            try (InputStream resource = open(file)) {
                Files.copy(resource, folder.resolve(file));
            }
        }
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
