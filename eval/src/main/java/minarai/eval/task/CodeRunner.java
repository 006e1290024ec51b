package minarai.eval.task;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs a program that a model wrote: with the command that was named, in an empty folder of its own, without this
/// process's environment, and not for longer than the limit.
///
/// @param command what runs the program; the program's file is added to it
/// @param limit   after which it is killed and counts as wrong
public record CodeRunner(List<String> command, Duration limit) {

    /// @throws IllegalArgumentException if there is no command
    public CodeRunner {
        command = List.copyOf(command);
        if (command.isEmpty() || command.getFirst().isBlank()) {
            throw new IllegalArgumentException("running code: no command was named; e.g. --code-runner python3");
        }
    }

    /// Whether the program came to its end without an error.
    ///
    /// @throws UncheckedIOException if it could not be started at all
    public boolean succeeds(String program) {
        try {
            Path folder = Files.createTempDirectory("minarai-code-");
            try {
                return run(folder, program);
            } finally {
                delete(folder.toFile());
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("running code with " + command + ": " + failure.getMessage(), failure);
        }
    }

    private boolean run(Path folder, String program) throws IOException {
        Path file = Files.writeString(folder.resolve("program.py"), program, StandardCharsets.UTF_8);
        var arguments = new ArrayList<>(command);
        arguments.add(file.getFileName().toString());
        var builder = new ProcessBuilder(arguments).directory(folder.toFile())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        Process process = builder.start();
        process.getOutputStream().close();
        try {
            return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS) && process.exitValue() == 0;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    /// Deletes what a program left. It may have locked folders, or removed its own; what cannot be deleted stays, for
    /// it says nothing of whether the program was right.
    private static void delete(File left) {
        try {
            deleteWhole(left);
        } catch (InvalidPathException undecodable) {
            // Its name has bytes that this locale cannot spell: it stays.
            return;
        }
    }

    private static void deleteWhole(File left) {
        if (Files.isDirectory(left.toPath(), LinkOption.NOFOLLOW_LINKS)) {
            left.setReadable(true);
            left.setWritable(true);
            left.setExecutable(true);
            File[] inside = left.listFiles();
            if (inside != null) {
                Arrays.stream(inside).forEach(CodeRunner::delete);
            }
        }
        left.delete();
    }
}
