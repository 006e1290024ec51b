package minarai.tokenizer.jinja;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import tools.jackson.databind.JsonNode;

/// Some 360 small templates from two other implementations, with what Jinja2 3.1.6 makes of them.
class SyntaxGoldensTest {
    private static final LocalDateTime CLOCK = LocalDateTime.of(2024, 7, 26, 9, 8, 7);
    private static final String IMMUTABLE = "the golden was made outside the immutable sandbox of chat templates, "
            + "which refuses methods that change their object";
    private static final String PRINTED = "Jinja2 prints a generator's memory address, which no text should depend on";

    /// What Jinja2 renders and we refuse, and why.
    private static final Map<String, String> REFUSED = Map.of("minja_syntax 105", IMMUTABLE, "minja_syntax 106",
            IMMUTABLE, "minja_syntax 107", IMMUTABLE, "minja_syntax 110", IMMUTABLE, "minja_syntax 122", IMMUTABLE,
            "minja_syntax 138", IMMUTABLE, "minja_syntax 145", PRINTED, "minja_syntax 146", PRINTED,
            "minja_syntax 147", PRINTED);
    private static final Map<String, String> ACCEPTED = Map.of("minja_syntax 115",
            "plain Jinja2 has no generation blocks, chat templates do");

    @Test
    void templatesOfAJavaScriptImplementationRenderAsInJinja2() {
        check("jinja_syntax", 188, 0);
    }

    @Test
    void templatesOfACppImplementationRenderAsInJinja2() {
        check("minja_syntax", 171, 10);
    }

    private static void check(String file, int count, int exceptions) {
        JsonNode cases = GoldenFiles.json("chat/" + file + ".json");
        var failures = new ArrayList<String>();
        int differing = 0;
        for (JsonNode golden : cases) {
            String name = file + " " + golden.get("name").stringValue();
            Optional<String> expected = expected(golden);
            if (REFUSED.containsKey(name)) {
                expected = Optional.empty();
                differing++;
            } else if (ACCEPTED.containsKey(name)) {
                expected = Optional.of(golden.get("expected").stringValue());
                differing++;
            }
            Optional<String> actual = rendered(golden);
            if (!expected.equals(actual)) {
                failures.add(name + ": expected " + expected + ", got " + actual);
            }
        }
        assertEquals(List.of(), failures);
        assertEquals(count, cases.size());
        assertEquals(exceptions, differing);
    }

    private static Optional<String> expected(JsonNode golden) {
        if (golden.has("jinja2_output")) {
            return Optional.of(golden.get("jinja2_output").stringValue());
        }
        boolean isRefused = golden.has("error") || golden.has("jinja2_error");
        return isRefused ? Optional.empty() : Optional.of(golden.get("expected").stringValue());
    }

    private static Optional<String> rendered(JsonNode golden) {
        JsonNode options = golden.get("options");
        var syntax = new Syntax(options.path("trim_blocks").asBoolean(false),
                options.path("lstrip_blocks").asBoolean(false));
        Map<String, Value> variables = new HashMap<>();
        golden.get("context").properties().forEach(entry ->
                variables.put(entry.getKey(), Json.value(entry.getValue(), 1)));
        try {
            return Optional.of(Template.parse(golden.get("template").stringValue(), syntax)
                    .render(variables, CLOCK).characters());
        } catch (TemplateException refused) {
            return Optional.empty();
        }
    }
}
