package minarai.lab.town;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.stream.Collectors;

/// A tuning pair: an instruction and the wanted output, which is a bare value.
public record Pair(String id, String instruction, String output) {
    /// One JSON object on one line, with the keys id, instruction and output.
    public String json() {
        return "{\"id\":%s,\"instruction\":%s,\"output\":%s}"
                .formatted(quoted(id), quoted(instruction), quoted(output));
    }

    private static String quoted(String text) {
        var json = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                json.append('\\').append(c);
            } else if (c < ' ' || c > '~') {
                json.append("\\u%04x".formatted((int) c));
            } else {
                json.append(c);
            }
        }
        return json.append('"').toString();
    }

    /// Writes the pairs as JSON lines, beside the file's place first and then moved in.
    ///
    /// @throws UncheckedIOException if the file cannot be written
    public static void write(List<Pair> pairs, Path file) {
        String lines = pairs.stream().map(pair -> pair.json() + "\n").collect(Collectors.joining());
        Path beside = file.resolveSibling(file.getFileName() + ".part");
        try {
            try {
                Files.writeString(beside, lines);
                Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(beside);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("writing %d tuning pairs to %s failed; is its folder there and writable?"
                    .formatted(pairs.size(), file), e);
        }
    }
}
