package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import minarai.models.ModelSource;
import minarai.tokenizer.chat.Message;
import minarai.tokenizer.chat.Rendering;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/// `minarai inspect mask`: a conversation as it is trained on, and which of its tokens are targets.
@Command(name = "mask", description = "Shows a conversation as it is trained on: which tokens are targets.",
        footer = {"", "Example:", "  minarai inspect mask -m models/base --messages conversation.json",
            "where the file holds, e.g.:",
            "  [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": \"assistant\", \"content\": \"Hello!\"}]"})
final class InspectMask implements Callable<Integer> {

    private static final int NO_LABEL = -100;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ColorOption color = new ColorOption();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(names = "--messages", required = true, paramLabel = "FILE",
            description = "a conversation in JSON: a list of messages, or an object with such a list as \"messages\"")
    private Path messages = Path.of("");

    InspectMask(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        List<Message> conversation = messages(InputLines.json(messages), messages);
        try (var opened = model.open()) {
            var source = opened.requireSource();
            var rendering = source.requireTemplate().render(source.tokenizer(), conversation, false);
            if (common.isJson) {
                print(rendering);
            } else {
                show(source, rendering, conversation);
            }
        }
        return 0;
    }

    private static List<Message> messages(JsonNode root, Path file) {
        JsonNode list = root.isObject() ? root.path("messages") : root;
        var messages = new ArrayList<Message>();
        for (JsonNode message : list) {
            if (!message.path("role").isString() || !message.path("content").isString()) {
                throw new IllegalArgumentException(("%s: message %d needs a \"role\" and a \"content\" that are texts")
                        .formatted(file, messages.size() + 1));
            }
            messages.add(new Message(message.path("role").stringValue(), message.path("content").stringValue()));
        }
        if (messages.isEmpty() || !list.isArray()) {
            throw new IllegalArgumentException(("%s holds no conversation; needed: [{\"role\": \"user\", \"content\": "
                    + "\"…\"}, {\"role\": \"assistant\", \"content\": \"…\"}]").formatted(file));
        }
        return messages;
    }

    private void print(Rendering rendering) {
        int[] labels = rendering.ids().clone();
        for (int i = 0; i < labels.length; i++) {
            labels[i] = rendering.mask()[i] ? labels[i] : NO_LABEL;
        }
        var fields = new LinkedHashMap<String, Object>();
        fields.put("text", rendering.text());
        fields.put("ids", rendering.ids());
        fields.put("labels", labels);
        console.json(fields);
    }

    /// The text with its targets marked, by brackets where there is no colour; then every token, its label, and whose
    /// words it carries.
    private void show(ModelSource source, Rendering rendering, List<Message> conversation) {
        Ink ink = color.ink(console);
        var text = new StringBuilder();
        var table = new TextTable("position", "id", "token", "label", "from");
        boolean isInTargets = false;
        for (int i = 0; i < rendering.ids().length; i++) {
            int id = rendering.ids()[i];
            boolean isTarget = rendering.mask()[i];
            Ink.Tone tone = isTarget ? Ink.Tone.TARGET : source.tokenizer().isSpecial(id) ? Ink.Tone.SPECIAL
                    : Ink.Tone.CONTEXT;
            String token = TokenText.of(source.tokenizer(), id);
            text.append(isTarget == isInTargets || ink.isOn() ? "" : isTarget ? "[" : "]").append(i == 0 ? "" : "·")
                    .append(ink.paint(tone, token));
            isInTargets = isTarget;
            int message = rendering.messages()[i];
            table.row(String.valueOf(i), ink.paint(Ink.Tone.NUMBER, String.valueOf(id)), ink.paint(tone, token),
                    isTarget ? ink.paint(Ink.Tone.TARGET, String.valueOf(id)) : "",
                    message < 0 ? ink.paint(Ink.Tone.CONTEXT, "template")
                            : "message %d, %s".formatted(message + 1, conversation.get(message).role()));
        }
        text.append(isInTargets && !ink.isOn() ? "]" : "");
        console.line("%s%n", text);
        console.line("%s", table);
        console.remark("%,d of %s are targets of training", rendering.targets(),
                Figures.count(rendering.ids().length, "token"));
    }
}
