package minarai.cli;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.tokenizer.jinja.Json;
import minarai.tokenizer.jinja.Syntax;
import minarai.tokenizer.jinja.Template;
import minarai.tokenizer.jinja.TemplateException;
import minarai.tokenizer.jinja.Text;
import minarai.tokenizer.jinja.Value;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `minarai inspect template`: conversations as a chat template writes them.
@Command(name = "template", description = "Shows conversations as a chat template writes them.",
        footer = {"", "Example:", "  minarai inspect template --template chat.jinja --lines conversations.jsonl",
            "where a line holds, e.g.:",
            "  {\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}], \"add_generation_prompt\": true}"})
final class InspectTemplate implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = "--template", required = true, paramLabel = "FILE", description = "chat template in Jinja")
    private Path template = Path.of("");

    @Option(names = "--lines", required = true, paramLabel = "FILE",
            description = "conversations, one JSON object a line")
    private Path lines = Path.of("");

    @Option(names = "--now", paramLabel = "TIME",
            description = "what the template takes for the present, e.g. 2026-01-31T09:00:00")
    private Optional<LocalDateTime> now = Optional.empty();

    InspectTemplate(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        String source = InputLines.text(template);
        LocalDateTime clock = now.orElseGet(ModelOptions::present);
        InputLines.each(lines, (line, place) -> {
            requireConversation(line, place);
            render(source, line, clock);
        });
        return 0;
    }

    private static void requireConversation(JsonNode line, String place) {
        if (!line.path("messages").isArray()) {
            throw new IllegalArgumentException("%s: a line must be an object with a list of \"messages\""
                    .formatted(place));
        }
    }

    /// A template that cannot be read is an error of every line, so that each line has its answer.
    private void render(String source, JsonNode line, LocalDateTime clock) {
        try {
            String text = Template.parse(source, Syntax.CHAT).render(variables(line), clock).characters();
            if (common.isJson) {
                console.json(Map.of("text", text));
            } else {
                console.line("%s", text);
            }
        } catch (TemplateException refused) {
            String reason = refused.isRaised() ? refused.reason() : refused.getMessage();
            if (common.isJson) {
                console.json(Map.of("error", reason));
            } else {
                console.line("error: %s", reason);
            }
        }
    }

    private static Map<String, Value> variables(JsonNode line) {
        var variables = new HashMap<String, Value>();
        variables.put("documents", Value.none());
        for (String token : new String[] {"bos_token", "eos_token"}) {
            if (line.path(token).isString()) {
                variables.put(token, Text.trusted(line.path(token).stringValue()));
            }
        }
        variables.put("messages", Json.value(line.path("messages"), 1));
        variables.put("tools", Json.value(line.path("tools"), 1));
        variables.put("add_generation_prompt", Value.of(line.path("add_generation_prompt").asBoolean(false)));
        return variables;
    }
}
