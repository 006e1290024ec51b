package minarai.train.run;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Files and folders that are there whole or not at all.
public final class AtomicFiles {

    private AtomicFiles() {
    }

    /// Writes the bytes of a file.
    @FunctionalInterface
    public interface Content {

        void writeTo(OutputStream out) throws IOException;
    }

    /// Writes the files of a folder.
    @FunctionalInterface
    public interface FolderContent {

        void writeInto(Path folder) throws IOException;
    }

    /// Writes a file beside its place, forces it to the disk and moves it in, over an older one. If anything fails the
    /// older one stays as it was and nothing else is left.
    ///
    /// @throws UncheckedIOException if it cannot be written, e.g. because the disk is full
    public static void write(Path target, Content content) {
        Path part = beside(target);
        try {
            writeForced(part, content);
            move(part, target);
        } catch (IOException failure) {
            throw unwritten(target, failure);
        } finally {
            deleteIfThere(part);
        }
    }

    /// [#write(Path, Content)] of a text in UTF-8.
    public static void writeText(Path target, String text) {
        write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Fills a new folder beside its place, forces what is in it to the disk and moves it in. If anything fails nothing
    /// is left.
    ///
    /// @throws IllegalArgumentException if there is something at the place already
    /// @throws UncheckedIOException     if it cannot be written
    public static void writeFolder(Path target, FolderContent content) {
        if (Files.exists(target)) {
            throw new IllegalArgumentException(target + " exists already; choose another name or remove it");
        }
        Path part = beside(target);
        try {
            Files.createDirectory(part);
            content.writeInto(part);
            force(part);
            move(part, target);
        } catch (IOException failure) {
            throw unwritten(target, failure);
        } finally {
            deleteIfThere(part);
        }
    }

    /// Moves a file or folder over what is at its place, and has the disk know of it where the system allows.
    public static void move(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        try (var folder = FileChannel.open(to.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        } catch (IOException unable) {
            // Not every system lets a folder be opened or forced; what was moved is in its place all the same.
            return;
        }
    }

    /// Removes what a kill left unfinished in a folder: files and folders named `.….part`.
    public static void removeUnfinished(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            entries.filter(AtomicFiles::isUnfinished).forEach(AtomicFiles::deleteIfThere);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot look into " + folder, failure);
        }
    }

    private static boolean isUnfinished(Path path) {
        String name = path.getFileName().toString();
        return name.startsWith(".") && name.endsWith(".part");
    }

    /// Takes a folder away so that at no instant a part of it is at its place.
    public static void removeFolder(Path target) {
        Path part = beside(target);
        try {
            Files.move(target, part, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove " + target, failure);
        }
        deleteIfThere(part);
    }

    private static void writeForced(Path part, Content content) throws IOException {
        try (var channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
                var out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
            content.writeTo(out);
            out.flush();
            channel.force(true);
        }
    }

    private static void force(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        }
    }

    private static Path beside(Path target) {
        return target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID() + ".part");
    }

    private static UncheckedIOException unwritten(Path target, IOException failure) {
        return new UncheckedIOException(("cannot write %s (%s: %s); is the disk full or the folder read-only? "
                + "Nothing was changed")
                .formatted(target, failure.getClass().getSimpleName(), failure.getMessage()), failure);
    }

    private static void deleteIfThere(Path part) {
        if (!Files.exists(part)) {
            return;
        }
        try {
            Files.walkFileTree(part, new Deletion());
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove the unfinished " + part, failure);
        }
    }

    private static final class Deletion extends SimpleFileVisitor<Path> {

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                throws IOException {
            if (failure != null) {
                throw failure;
            }
            Files.delete(folder);
            return FileVisitResult.CONTINUE;
        }
    }
}
