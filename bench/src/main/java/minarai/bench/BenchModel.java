package minarai.bench;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import minarai.lab.shape.PublishedShape;
import minarai.lab.shape.RandomModel;
import minarai.models.ModelSource;
import minarai.models.format.DataType;

/// A model folder to time with: the user's, or one of random weights that lies in the system's folder for temporary
/// files and goes when it is closed, or when the process ends.
///
/// @param name        for figures
/// @param folder      a model folder
/// @param isTemporary whether it was made here
record BenchModel(String name, Path folder, boolean isTemporary) implements Closeable {

    static BenchModel of(Setting setting, PublishedShape otherwise) {
        return setting.model().map(folder -> new BenchModel(String.valueOf(folder.getFileName()), folder, false))
                .orElseGet(() -> random(setting.shape().orElse(otherwise), setting));
    }

    static BenchModel random(PublishedShape shape, Setting setting) {
        setting.talk().accept("Writing random weights in the shape of " + shape.key());
        try {
            Path folder = Files.createTempDirectory("minarai-" + shape.key() + "-");
            folder.toFile().deleteOnExit();
            new RandomModel(shape, DataType.BF16, 1).write(folder, Optional.empty());
            for (Path file : inside(folder)) {
                file.toFile().deleteOnExit();
            }
            return new BenchModel(shape.key(), folder, true);
        } catch (IOException failure) {
            throw new UncheckedIOException("writing a model to time with", failure);
        }
    }

    /// The model with a chat template: its own, or one that any tokenizer can spell.
    ModelSource open() {
        var clock = LocalDateTime.of(2026, 1, 1, 0, 0);
        var source = ModelSource.open(folder, Optional.empty(), clock);
        if (source.template().isPresent()) {
            return source;
        }
        source.close();
        return ModelSource.open(folder, Optional.of("plain"), clock);
    }

    private static List<Path> inside(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return List.of();
        }
        try (var walk = Files.walk(folder)) {
            return walk.sorted(Comparator.naturalOrder()).toList();
        }
    }

    @Override
    public void close() {
        if (isTemporary) {
            delete(folder);
        }
    }

    static void delete(Path folder) {
        try {
            for (Path path : inside(folder).reversed()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("removing the temporary folder " + folder, failure);
        }
    }
}
