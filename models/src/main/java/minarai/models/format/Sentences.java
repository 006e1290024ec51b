package minarai.models.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// Failures of the file system as sentences; its own messages are often only a path.
final class Sentences {

    private Sentences() {
    }

    static UncheckedIOException of(String doing, Path path, IOException failure) {
        String reason = switch (failure) {
            case NoSuchFileException missing -> "there is no " + missing.getFile();
            case AccessDeniedException denied -> "no permission for " + denied.getFile();
            case FileAlreadyExistsException exists -> exists.getFile() + " exists already";
            case DirectoryNotEmptyException full -> full.getFile() + " is a folder that is not empty";
            case FileSystemException other -> Optional.ofNullable(other.getReason()).orElse(other.toString());
            default -> Optional.ofNullable(failure.getMessage()).orElse(failure.toString());
        };
        return new UncheckedIOException("%s %s: %s".formatted(doing, path, reason), failure);
    }
}
