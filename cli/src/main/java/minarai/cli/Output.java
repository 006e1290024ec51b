package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The file a command will write, looked at before it begins to work: no input, no device and no folder is replaced.
final class Output {

    private Output() {
    }

    /// Lets an older file of the same name be replaced, unless the command reads it.
    ///
    /// @param inputs what is read; a folder stands for the JSON in it. One that is not there plays no part
    /// @throws IllegalArgumentException if the target is one of them, a folder, a device or a pipe, or `-`
    static void require(Path target, List<Path> inputs) {
        if (target.toString().equals("-")) {
            throw new IllegalArgumentException("-: what is written here needs a file, it does not go to stdout;"
                    + " name a file");
        }
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            throw new IllegalArgumentException("%s is %s, which cannot be replaced by a file; name a file".formatted(
                    target, Files.isDirectory(target) ? "a folder" : "a device or a pipe"));
        }
        if (inputs.stream().flatMap(Output::files).anyMatch(input -> isSame(input, target))) {
            throw new IllegalArgumentException(("%s is read by this command and would be lost; write under another"
                    + " name").formatted(target));
        }
    }

    /// Lets nothing be replaced: for what took people or machines long to make.
    ///
    /// @throws IllegalArgumentException if there is something at the place already, or it is `-`
    static void requireNew(Path target) {
        if (Files.exists(target)) {
            throw new IllegalArgumentException(target + " exists already; choose another name or remove it");
        }
        require(target, List.of());
    }

    private static Stream<Path> files(Path input) {
        if (!Files.isDirectory(input)) {
            return Stream.of(input);
        }
        try (Stream<Path> files = Files.list(input)) {
            return files.filter(file -> file.toString().endsWith(".json") || file.toString().endsWith(".jsonl"))
                    .toList().stream();
        } catch (IOException failure) {
            throw new UncheckedIOException("looking into " + input, failure);
        }
    }

    /// Files that are not there yet are told by their names: two results of one command must differ too.
    private static boolean isSame(Path input, Path target) {
        try {
            return input.toAbsolutePath().normalize().equals(target.toAbsolutePath().normalize())
                    || Files.exists(input) && Files.exists(target) && Files.isSameFile(input, target);
        } catch (IOException failure) {
            throw new UncheckedIOException("comparing %s with %s".formatted(input, target), failure);
        }
    }
}
