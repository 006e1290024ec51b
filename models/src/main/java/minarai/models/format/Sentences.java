package minarai.models.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/// Failures of the file system and of the JSON reader as sentences. The messages of the one are often only a path,
/// those of the other speak of its own classes and do not always say where.
final class Sentences {

    private static final Pattern SOURCE = Pattern.compile("\\[Source: [^;\\]]*; ([^\\]]*)]");

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

    /// What is wrong with a text as JSON, and where.
    static String of(JacksonException unreadable) {
        String message = Optional.ofNullable(unreadable.getOriginalMessage()).orElse("unreadable");
        String reason = unreadable.getCause() instanceof CharacterCodingException ? "there are bytes that are not UTF-8"
                : message.startsWith("Trailing token") ? "something follows the end of its object"
                : SOURCE.matcher(message).replaceAll("$1");
        return Optional.ofNullable(unreadable.getLocation()).filter(at -> at.getLineNr() > 0)
                .map(at -> "%s (at line %d, column %d)".formatted(reason, at.getLineNr(), at.getColumnNr()))
                .orElse(reason);
    }
}
