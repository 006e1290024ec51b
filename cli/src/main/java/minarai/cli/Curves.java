package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import minarai.eval.report.Curve;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The curves of a whole run, from `metrics.jsonl`; a run that was taken up again has all its steps there.
///
/// @param values by name, then by step
record Curves(Map<String, Map<Integer, Double>> values) {

    /// @throws IllegalArgumentException if a line is not one of metrics
    static Curves read(Path run) {
        Path file = run.resolve("metrics.jsonl");
        var values = new TreeMap<String, Map<Integer, Double>>();
        var mapper = JsonMapper.builder().build();
        try (var lines = Files.lines(file)) {
            lines.forEach(line -> {
                JsonNode fields = mapper.readTree(line);
                int step = fields.path("step").asInt();
                fields.properties().stream().filter(field -> !field.getKey().equals("step")).forEach(field -> values
                        .computeIfAbsent(field.getKey(), name -> new TreeMap<>())
                        .put(step, field.getValue().asDouble()));
            });
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("%s: not a line of metrics: %s".formatted(file,
                    malformed.getOriginalMessage()), malformed);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
        return new Curves(values);
    }

    /// The values of one curve by step; none where it was never measured.
    Map<Integer, Double> of(String name) {
        return values.getOrDefault(name, Map.of());
    }

    List<Double> inOrder(String name) {
        return new ArrayList<>(of(name).values());
    }

    /// @param name  as in the file
    /// @param title as a reader sees it
    Curve curve(String name, String title) {
        return new Curve(title, of(name).entrySet().stream()
                .map(point -> new Curve.Point(point.getKey(), point.getValue())).toList());
    }
}
