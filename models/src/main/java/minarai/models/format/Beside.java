package minarai.models.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;

/// Writes files and folders beside their place and moves them in when they are whole, so that a failure at any instant
/// leaves the place as it was.
final class Beside {

    private Beside() {
    }

    /// Writes to an open file.
    @FunctionalInterface
    interface FileBody {
        void write(FileChannel channel) throws IOException;
    }

    /// Fills a folder that exists and is empty.
    @FunctionalInterface
    interface FolderBody {
        void write(Path folder) throws IOException;
    }

    /// Writes a file of `bytes` bytes, replacing one that is there.
    ///
    /// @throws UncheckedIOException if it cannot be written, for instance because the disk is full
    static void writeFile(Path target, long bytes, FileBody body) {
        Path part = part(target);
        try {
            long free = Files.getFileStore(folder(target)).getUsableSpace();
            if (free < bytes) {
                throw new IOException(("it needs %d bytes, and the disk has %d left; free some space or choose another "
                        + "place").formatted(bytes, free));
            }
            try {
                try (var channel = FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                    body.write(channel);
                    channel.force(true);
                }
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (IOException failure) {
            throw Sentences.of("writing", target, failure);
        }
    }

    static void writeFile(Path target, byte[] content) {
        writeFile(target, content.length, channel -> writeFully(channel, ByteBuffer.wrap(content)));
    }

    static void writeFully(WritableByteChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /// Writes a folder that is not there yet, or is there and empty.
    ///
    /// @throws IllegalArgumentException if there is something at its place
    static void writeFolder(Path target, FolderBody body) {
        Path part = part(target);
        try {
            requireVacant(target);
            Files.createDirectories(folder(target));
            try {
                body.write(Files.createDirectory(part));
                force(part);
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                delete(part);
            }
        } catch (IOException failure) {
            throw Sentences.of("writing", target, failure);
        }
    }

    private static void force(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                    channel.force(true);
                }
            }
        }
    }

    private static void requireVacant(Path target) throws IOException {
        if (!Files.exists(target)) {
            return;
        }
        try (var inside = Files.newDirectoryStream(target)) {
            if (!inside.iterator().hasNext()) {
                return;
            }
        } catch (NotDirectoryException file) {
            throw new IllegalArgumentException("writing the folder %s: a file of that name is there".formatted(target),
                    file);
        }
        throw new IllegalArgumentException(("writing the folder %s: it exists and is not empty; choose another or move "
                + "it away").formatted(target));
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        List<Path> inside;
        try (var walk = Files.walk(folder)) {
            inside = walk.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : inside) {
            Files.delete(path);
        }
    }

    private static Path part(Path target) {
        return folder(target).resolve(".%s.%s.part".formatted(target.getFileName(), UUID.randomUUID()));
    }

    private static Path folder(Path target) {
        Path parent = target.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IllegalArgumentException("%s has no folder around it to write into".formatted(target));
        }
        return parent;
    }
}
