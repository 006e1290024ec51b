package minarai.cli;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.stream.Collectors;
import minarai.engine.opencl.DeviceFailure;
import minarai.models.MismatchException;
import minarai.train.ServingProof;
import minarai.train.TrainingFailure;
import minarai.train.check.Refusal;
import minarai.train.check.RefusedException;

/// What a failure means to a user: a sentence and an exit code.
///
/// @param sentence without a stack trace
/// @param exitCode 1 failed, 3 refused by a check, 130 stopped
record Failures(String sentence, int exitCode) {

    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int REFUSED = 3;
    static final int STOPPED = 130;

    /// Names of files and keys of foreign files stand in sentences, and must not command the terminal.
    Failures {
        sentence = sentence.codePoints().mapToObj(c -> Character.isISOControl(c) && c != '\n' && c != '\t'
                ? "\\u%04x".formatted(c) : Character.toString(c)).collect(Collectors.joining());
    }

    static Failures of(Throwable failure) {
        return switch (failure) {
            case RefusedException refused -> new Failures(all(refused), REFUSED);
            case MismatchException other -> new Failures(other(other), REFUSED);
            case Interruption.StoppedException stopped -> new Failures(text(stopped), STOPPED);
            case OutOfMemoryError error -> new Failures(memory(error), FAILED);
            case UncheckedIOException io -> new Failures(withReason(text(io), reason(io.getCause())), FAILED);
            case InvalidPathException path -> new Failures("no such path: " + text(path), FAILED);
            case DeviceFailure device -> new Failures(text(device), FAILED);
            case IllegalArgumentException wrong -> new Failures(text(wrong), FAILED);
            case ServingProof.Failure unlike -> new Failures(text(unlike), FAILED);
            case Probing.Failure unlike -> new Failures(text(unlike), FAILED);
            case TrainingFailure training -> new Failures(text(training), FAILED);
            default -> new Failures("this should not have happened (%s: %s). -v shows where; please report it."
                    .formatted(failure.getClass().getSimpleName(), text(failure)), FAILED);
        };
    }

    /// The message names ten refusals at most; a user wants to mend all of them in one go.
    private static String all(RefusedException refused) {
        var text = new StringBuilder("refused by a check, ").append(refused.refusals().size())
                .append(refused.refusals().size() == 1 ? " reason:" : " reasons:");
        refused.refusals().forEach(refusal -> text.append("\n  ").append(refusal));
        return text.append("\nTo train all the same, which goes on record: allow=")
                .append(String.join(",", Refusal.names(refused.refusals()))).toString();
    }

    private static String other(MismatchException refused) {
        String name = refused.mismatch().override();
        return "refused by a check: %s%nTo go on all the same: --allow %s, or in a recipe allow=%s"
                .formatted(text(refused), name, name);
    }

    private static String memory(OutOfMemoryError error) {
        return ("out of memory (%s): Java may take %d MB. Give it more, MINARAI_JAVA_OPTS=-Xmx%dm, or ask for less: "
                + "a lower batch_size or max_length when tuning, --max-tokens when generating.").formatted(text(error),
                Runtime.getRuntime().maxMemory() >> 20, (Runtime.getRuntime().maxMemory() >> 20) * 3 / 2);
    }

    private static String withReason(String text, String reason) {
        return reason.isEmpty() || text.contains(reason) ? text : text + ": " + reason;
    }

    private static String reason(Throwable cause) {
        return switch (cause) {
            case NoSuchFileException missing -> "no such file, " + missing.getFile();
            case AccessDeniedException denied -> "access denied to " + denied.getFile();
            case FileSystemException other when other.getReason() != null -> other.getReason();
            default -> cause.getMessage() == null ? "" : cause.getMessage();
        };
    }

    private static String text(Throwable failure) {
        String message = failure.getMessage();
        return message == null ? failure.getClass().getSimpleName() : message;
    }
}
