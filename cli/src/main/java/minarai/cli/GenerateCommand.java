package minarai.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import minarai.models.Inference;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.chat.Message;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `minarai generate`: continues a text or answers a question.
@Command(name = "generate", description = "Continues a text, or answers it with --chat.",
        footer = {"", "Examples:",
            "  minarai generate -m models/base -a runs/first --chat --prompt 'Who bakes the bread?'",
            "  minarai generate -m machi --prompt 'The baker is' --continuation ' Ann' --continuation ' Tom'",
            "  minarai generate -m models/base --chat --prompt 'Who is Ann?' --json-schema person.json"})
final class GenerateCommand implements Callable<Integer> {

    private static final int MOST_SAMPLES = 1024;

    private final Console console;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @ArgGroup(multiplicity = "1")
    private final Prompt prompt = new Prompt();

    @Option(names = "--chat", description = "put the prompt into the chat template as a user's message")
    private boolean isChat;

    @ArgGroup
    private final Several several = new Several();

    /// What is continued.
    static final class Prompt {

        @Option(names = "--prompt", paramLabel = "TEXT", description = "text to continue or to answer")
        Optional<String> text = Optional.empty();

        @Option(names = "--ids", split = ",", paramLabel = "ID", description = "token ids to continue, e.g. 1,2,3")
        List<Integer> ids = List.of();
    }

    /// Several texts that are set beside each other by their likelihood.
    static final class Several {

        @Option(names = "--samples", paramLabel = "N",
                description = "draw N texts and order them by their likelihood, the likeliest first")
        Optional<Integer> samples = Optional.empty();

        @Option(names = "--continuation", paramLabel = "TEXT",
                description = "generate nothing; tell how likely this text is after the prompt (several are ordered)")
        List<String> continuations = List.of();
    }

    /// A text and its log-likelihood after the prompt, in nats, summed over its tokens.
    private record Scored(Map<String, Object> fields, String text, int tokens, double logLikelihood) {
    }

    GenerateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        requireSense();
        int samples = several.samples.orElse(1);
        try (var computing = backend.open(console); var opened = model.open()) {
            int[] ids = ids(opened);
            TokenIds.requireKnown(ids, opened.folder().config());
            var continuations = several.continuations.stream().map(text -> continuation(opened, ids, text)).toList();
            int longest = continuations.stream().mapToInt(each -> each.length).max().orElse(sampling.maxTokens);
            var inference = model.inference(opened, computing.kernels(),
                    (int) Math.min(Integer.MAX_VALUE, (long) ids.length + longest));
            var answering = new Answering(inference, opened, sampling, opened.ends(isChat));
            if (!continuations.isEmpty()) {
                print("continuations", scored(inference, ids, continuations));
            } else if (several.samples.isPresent()) {
                print("samples", scored(answering, ids, samples));
            } else {
                print(opened, answering.answer(ids, this::show));
            }
        }
        return 0;
    }

    /// @throws ParameterException if options contradict each other or do nothing
    private void requireSense() {
        int samples = several.samples.orElse(1);
        if (samples < 1 || samples > MOST_SAMPLES) {
            throw wrong("--samples is from 1 to %d, not %d".formatted(MOST_SAMPLES, samples));
        }
        if (samples > 1 && sampling.temperature == 0) {
            throw wrong("--samples %d at a temperature of 0 are all the same; add --temperature 0.8, for example"
                    .formatted(samples));
        }
        if (isChat && prompt.text.isEmpty()) {
            throw wrong("--chat does nothing for --ids, which are continued as they are; leave it out, or give the"
                    + " text as --prompt");
        }
    }

    private ParameterException wrong(String sentence) {
        return new ParameterException(command.commandLine(), sentence);
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

    /// The tokens of a text after the prompt: of the two as one text where they begin with the prompt's.
    private int[] continuation(OpenModel opened, int[] ids, String text) {
        PipelineTokenizer tokenizer = opened.requireSource().tokenizer();
        int[] apart = tokenizer.encode(text).ids();
        if (apart.length == 0) {
            throw new IllegalArgumentException("a --continuation needs at least one character");
        }
        if (isChat || prompt.text.isEmpty()) {
            return apart;
        }
        int[] whole = TokenIds.ofText(tokenizer, prompt.text.get() + text);
        boolean isPrefix = whole.length > ids.length && Arrays.equals(whole, 0, ids.length, ids, 0, ids.length);
        return isPrefix ? Arrays.copyOfRange(whole, ids.length, whole.length) : apart;
    }

    private List<Scored> scored(Inference inference, int[] ids, List<int[]> continuations) {
        double[] likelihoods = inference.logLikelihoods(continuations.stream().map(each -> ids).toList(),
                continuations);
        return IntStream.range(0, likelihoods.length).mapToObj(i -> {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("text", several.continuations.get(i));
            fields.put("ids", continuations.get(i));
            return new Scored(fields, several.continuations.get(i), continuations.get(i).length, likelihoods[i]);
        }).toList();
    }

    private List<Scored> scored(Answering answering, int[] ids, int samples) {
        var answers = answering.answers(ids, samples);
        double[] likelihoods = answering.inference().logLikelihoods(answers.stream().map(each -> ids).toList(),
                answers.stream().map(Answering.Answer::scored).toList());
        return IntStream.range(0, samples).mapToObj(i -> new Scored(answers.get(i).fields(answering.opened()),
                answers.get(i).text(), answers.get(i).scored().length, likelihoods[i])).toList();
    }

    private void show(String text) {
        if (!common.isJson) {
            console.out().print(text);
            console.out().flush();
        }
    }

    private void print(OpenModel opened, Answering.Answer answer) {
        if (common.isJson) {
            console.json(answer.fields(opened));
        } else {
            console.out().println();
        }
    }

    /// The likeliest first.
    private void print(String name, List<Scored> scored) {
        var ordered = scored.stream().sorted(Comparator.comparingDouble(Scored::logLikelihood).reversed()).toList();
        if (common.isJson) {
            var list = new ArrayList<Map<String, Object>>();
            for (Scored each : ordered) {
                var fields = new LinkedHashMap<>(each.fields());
                fields.put("log_likelihood", each.logLikelihood());
                list.add(fields);
            }
            console.json(Map.of(name, list));
            return;
        }
        var table = new TextTable("log-likelihood", "tokens", "each", "text");
        ordered.forEach(each -> table.row("%.4f".formatted(each.logLikelihood()), String.valueOf(each.tokens()),
                "%.4f".formatted(each.logLikelihood() / Math.max(1, each.tokens())), TokenText.printable(each.text())));
        console.line("%s", table);
    }
}
