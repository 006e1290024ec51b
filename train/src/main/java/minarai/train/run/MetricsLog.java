package minarai.train.run;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Curves: a JSON object a line, each with its `step`, on the disk as soon as it is appended.
public final class MetricsLog implements AutoCloseable {

    private final Path file;
    private final OutputStream out;
    private final JsonMapper mapper = JsonMapper.builder().build();

    private MetricsLog(Path file, OutputStream out) {
        this.file = file;
        this.out = out;
    }

    /// Opens the log to go on after a step; lines of later steps and a line cut short by a kill are removed.
    static MetricsLog after(Path file, int lastStep) {
        try {
            if (Files.exists(file)) {
                keepUpTo(file, lastStep);
            }
            return new MetricsLog(file, Files.newOutputStream(file, StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot open " + file, failure);
        }
    }

    /// Appends a line with the step and the values in their order, and hands it to the operating system.
    ///
    /// @param step   from 1
    /// @param values e.g. `loss`, `learning_rate`, `tokens_per_second`
    public void append(int step, Map<String, ?> values) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("step", step);
        fields.putAll(values);
        try {
            out.write((mapper.writeValueAsString(fields) + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write step %d to %s; is the disk full?".formatted(step, file),
                    failure);
        }
    }

    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot close " + file, failure);
        }
    }

    private static void keepUpTo(Path file, int lastStep) {
        var mapper = JsonMapper.builder().build();
        AtomicFiles.write(file, out -> {
            try (BufferedReader lines = Files.newBufferedReader(file)) {
                int number = 0;
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    number++;
                    Optional<JsonNode> fields = parse(mapper, line);
                    if (fields.isEmpty() && lines.readLine() != null) {
                        throw new IllegalArgumentException("%s:%d: not a line of metrics; move the file away to go on"
                                .formatted(file, number));
                    }
                    if (fields.isPresent() && fields.get().path("step").asInt(Integer.MAX_VALUE) <= lastStep) {
                        out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
                    }
                }
            }
        });
    }

    private static Optional<JsonNode> parse(JsonMapper mapper, String line) {
        try {
            JsonNode fields = mapper.readTree(line);
            return fields.path("step").isInt() ? Optional.of(fields) : Optional.empty();
        } catch (JacksonException cutShort) {
            return Optional.empty();
        }
    }
}
