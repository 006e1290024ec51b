package minarai.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A command that was run in this process, and what a user saw of it.
record Session(int exitCode, String out, String err) {

    static Session of(String... arguments) {
        return withInput("", arguments);
    }

    static Session withInput(String input, String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int exitCode = Main.run(console(input, out, err), arguments);
        return new Session(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static Console console(String input, ByteArrayOutputStream out, ByteArrayOutputStream err) {
        return new Console(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
                false, false);
    }

    /// A console of which nothing is seen.
    static Console console() {
        return console("", new ByteArrayOutputStream(), new ByteArrayOutputStream());
    }

    /// The one JSON object on stdout.
    JsonNode json() {
        if (exitCode != 0) {
            throw new AssertionError("exit code " + exitCode + ": " + err);
        }
        return JsonMapper.builder().build().readTree(out);
    }
}
