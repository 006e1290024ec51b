package minarai.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.models.Inference;
import minarai.tokenizer.chat.Message;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai generate`: continues a text or answers a question.
@Command(name = "generate", description = "Continues a text, or answers it with --chat.%n",
        footer = {"", "Example:", "  minarai generate -m models/base -a runs/first --chat --prompt 'Who bakes the bread?'"})
final class GenerateCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @ArgGroup(multiplicity = "1")
    private final Prompt prompt = new Prompt();

    @Option(names = "--chat", description = "put the prompt into the chat template as a user's message")
    private boolean isChat;

    /// What is continued.
    static final class Prompt {

        @Option(names = "--prompt", paramLabel = "TEXT", description = "text to continue or to answer")
        Optional<String> text = Optional.empty();

        @Option(names = "--ids", split = ",", paramLabel = "ID", description = "token ids to continue, e.g. 1,2,3")
        List<Integer> ids = List.of();
    }

    GenerateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        try (var backend = Backend.open(model.backend, console); var opened = model.open()) {
            int[] ids = ids(opened);
            TokenIds.requireKnown(ids, opened.folder().config());
            var inference = model.inference(opened, backend.kernels(),
                    (int) Math.min(Integer.MAX_VALUE, (long) ids.length + sampling.maxTokens));
            var decoder = opened.source().map(source -> source.tokenizer().streamingDecoder());
            var completion = inference.generate(ids, sampling.sampler(),
                    new Inference.Limits(sampling.maxTokens, opened.ends(isChat)), (sequence, id) ->
                    show(decoder.map(each -> each.add(id)).orElseGet(() -> id + " ")));
            decoder.ifPresent(each -> show(each.finish()));
            if (common.isJson) {
                print(opened, completion);
            } else {
                console.out().println();
            }
        }
        return 0;
    }

    private int[] ids(OpenModel opened) {
        if (prompt.text.isEmpty()) {
            return prompt.ids.stream().mapToInt(Integer::intValue).toArray();
        }
        String text = prompt.text.get();
        var source = opened.requireSource();
        return isChat ? source.requireTemplate().render(source.tokenizer(), List.of(Message.user(text)), true).ids()
                : TokenIds.ofText(source.tokenizer(), text);
    }

    private void show(String text) {
        if (!common.isJson) {
            console.out().print(text);
            console.out().flush();
        }
    }

    private void print(OpenModel opened, Inference.Completion completion) {
        var fields = new LinkedHashMap<String, Object>();
        opened.source().ifPresent(source -> fields.put("text", source.tokenizer().decode(completion.ids())));
        fields.put("ids", completion.ids());
        fields.put("finish_reason", completion.isEnded() ? "stop" : "length");
        console.json(fields);
    }
}
