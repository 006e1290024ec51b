package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.format.DateTimeParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import minarai.models.Mismatch;
import minarai.models.ModelSource;
import minarai.train.Recipe;

/// What a run is asked to do; it is the `recipe` of the run's record, so that the run can be taken up again.
///
/// @param model  the model's folder
/// @param data   the file of pairs
/// @param recipe how to tune
/// @param now    what the chat template takes for the present
record Assignment(Path model, Path data, Recipe recipe, LocalDateTime now) {

    private static final String MODEL = "model";
    private static final String DATA = "data";
    private static final String NOW = "now";

    /// Absolute paths, so that a run can be taken up again from any folder.
    Assignment {
        model = model.toAbsolutePath().normalize();
        data = data.toAbsolutePath().normalize();
        recipe = absolute(recipe);
    }

    private static Recipe absolute(Recipe recipe) {
        var changes = new LinkedHashMap<String, Object>();
        recipe.template().filter(name -> Files.isRegularFile(Path.of(name)))
                .ifPresent(name -> changes.put("template", absolute(name)));
        if (!recipe.test().isEmpty()) {
            changes.put("test", recipe.test().stream().map(Assignment::absolute).toList());
        }
        return changes.isEmpty() ? recipe : recipe.with(changes);
    }

    private static String absolute(String file) {
        return Path.of(file).toAbsolutePath().normalize().toString();
    }

    /// The same work by another recipe.
    Assignment with(Recipe other) {
        return new Assignment(model, data, other, now);
    }

    /// The same work on another backend.
    Assignment computedBy(String backend) {
        return with(recipe.with(Map.of("backend", backend)));
    }

    /// The same work on another model.
    Assignment on(Path other) {
        return new Assignment(other, data, recipe, now);
    }

    /// Opens the model as the recipe asks.
    ///
    /// @throws minarai.models.MismatchException if the tokenizer is not the model's and the recipe does not allow it
    ModelSource open() {
        return ModelSource.open(model, recipe.template(), now, Mismatch.among(recipe.allow()))
                .tolerating(Allowed.misfits(recipe.allow()));
    }

    /// Model, data and clock, then the recipe's keys.
    Map<String, Object> toMap() {
        var map = new LinkedHashMap<String, Object>();
        map.put(MODEL, model.toString());
        map.put(DATA, data.toString());
        map.put(NOW, now.toString());
        map.putAll(recipe.toMap());
        return map;
    }

    /// @param run for messages
    /// @throws IllegalArgumentException if the map is not from [#toMap]
    static Assignment of(Map<String, Object> map, Path run) {
        var settings = new LinkedHashMap<>(map);
        try {
            return new Assignment(path(settings, MODEL, run), path(settings, DATA, run),
                    LocalDateTime.parse(text(settings, NOW, run)), settings);
        } catch (DateTimeParseException wrong) {
            throw new IllegalArgumentException(("the record of the run %s: \"now\" is no time such as "
                    + "2026-01-31T09:00:00; was run.json edited?").formatted(run), wrong);
        }
    }

    private Assignment(Path model, Path data, LocalDateTime now, Map<String, Object> settings) {
        this(model, data, Recipe.of(settings), now);
    }

    private static Path path(Map<String, Object> settings, String key, Path run) {
        return Path.of(text(settings, key, run));
    }

    private static String text(Map<String, Object> settings, String key, Path run) {
        if (settings.remove(key) instanceof String text) {
            return text;
        }
        throw new IllegalArgumentException(("the record of the run %s does not say its %s, so it cannot be taken up "
                + "again by this command").formatted(run, key));
    }
}
