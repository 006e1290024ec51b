package minarai.lab.town;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import minarai.train.run.AtomicFiles;

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

    /// Writes the pairs as JSON lines, the file whole or not at all.
    ///
    /// @throws java.io.UncheckedIOException if the file cannot be written
    public static void write(List<Pair> pairs, Path file) {
        AtomicFiles.writeText(file, pairs.stream().map(pair -> pair.json() + "\n").collect(Collectors.joining()));
    }
}
