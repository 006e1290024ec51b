package minarai.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import minarai.train.run.AtomicFiles;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The least part of its ceiling that each kernel must reach: a file of names and fractions that is committed with the
/// code, so that a change that makes a kernel slower is noticed.
///
/// @param fractions by the name of the result
public record Floors(Map<String, Double> fractions) {

    /// A floor is this part of what was measured when it was set; a machine differs by that much from day to day.
    private static final double MARGIN = 0.9;
    private static final long LARGEST_FILE = 1 << 20;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// A kernel that is slower than its floor.
    ///
    /// @param floor    the least fraction
    /// @param measured what it reached, empty where it was not measured
    public record Fall(String name, double floor, Optional<Double> measured) {
    }

    public Floors {
        fractions = new TreeMap<>(fractions);
    }

    /// Floors a little below what was measured; a figure without an undisturbed sample sets none.
    public static Floors below(List<Result> results) {
        var fractions = new TreeMap<String, Double>();
        results.stream().filter(result -> !result.isDisturbed()).forEach(result -> fractions.put(result.name(),
                Math.floor(1000 * MARGIN * result.fraction()) / 1000));
        return new Floors(fractions);
    }

    /// @throws IllegalArgumentException if it is not one JSON object of names and fractions
    public static Floors read(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException(("there are no floors at %s. Set them with 'minarai bench guard "
                        + "--update', or name the file: --floors FILE").formatted(file));
            }
            if (Files.size(file) > LARGEST_FILE) {
                throw new IllegalArgumentException("the floors %s have %d bytes; at most %d are read".formatted(file,
                        Files.size(file), LARGEST_FILE));
            }
            return parse(file, Files.readString(file));
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the floors " + file, failure);
        }
    }

    private static Floors parse(Path file, String text) {
        try {
            var fractions = new TreeMap<String, Double>();
            JsonNode root = JSON.readTree(text);
            for (var field : root.properties()) {
                double fraction = field.getValue().asDouble(-1);
                if (!(fraction >= 0 && fraction <= 10)) {
                    throw new IllegalArgumentException("the floors %s: %s is %s; it must be a fraction".formatted(file,
                            field.getKey(), field.getValue()));
                }
                fractions.put(field.getKey(), fraction);
            }
            return new Floors(fractions);
        } catch (JacksonException unreadable) {
            throw new IllegalArgumentException("the floors %s are not sound JSON: %s".formatted(file,
                    unreadable.getOriginalMessage()), unreadable);
        }
    }

    /// Writes the file anew, a name a line.
    public void write(Path file) {
        AtomicFiles.writeText(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsString(fractions) + "\n");
    }

    /// What fell below its floor, or was not measured at all. A result without a floor passes, and so does one without
    /// an undisturbed sample, for it says nothing.
    public List<Fall> falls(List<Result> results) {
        var measured = new TreeMap<String, Double>();
        results.forEach(result -> measured.put(result.name(), result.isDisturbed() ? Double.MAX_VALUE
                : result.fraction()));
        var falls = new ArrayList<Fall>();
        fractions.forEach((name, floor) -> {
            if (measured.getOrDefault(name, -1.0) < floor) {
                falls.add(new Fall(name, floor, Optional.ofNullable(measured.get(name))));
            }
        });
        return falls;
    }
}
