package minarai.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import minarai.engine.Kernels;
import minarai.eval.report.Example;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.Sampler;
import minarai.tokenizer.chat.Message;
import minarai.train.Sample;
import minarai.train.Tuning;
import minarai.train.data.Dataset;

/// What a model answers to a few held-out questions before its tuning and after; where none are held out, to some it is
/// trained on. The network is asked as it stands, so it is in memory only once: before the first step it is the base.
final class BeforeAndAfter {

    private static final int QUESTIONS = 3;
    private static final int LONGEST_ANSWER = 48;

    private final ModelSource source;
    private final Kernels kernels;
    private final Tuning tuning;
    private final List<minarai.train.data.Example> pairs;
    private final List<String> before = new ArrayList<>();

    BeforeAndAfter(ModelSource source, Kernels kernels, Tuning tuning, Dataset dataset) {
        this.source = source;
        this.kernels = kernels;
        this.tuning = tuning;
        var byId = dataset.examples().stream()
                .collect(Collectors.toMap(minarai.train.data.Example::id, Function.identity()));
        var lessons = tuning.lessons();
        List<String> ids = lessons.validation().isEmpty() ? List.copyOf(lessons.training().keySet())
                : lessons.validation().stream().map(Sample::id).toList();
        pairs = ids.stream().limit(QUESTIONS).map(byId::get).toList();
    }

    /// Asks before the first step.
    void askBase() {
        before.clear();
        before.addAll(ask());
    }

    /// Asks after the last step.
    List<Example> askTuned() {
        List<String> after = ask();
        var examples = new ArrayList<Example>();
        for (int i = 0; i < pairs.size(); i++) {
            examples.add(new Example(question(pairs.get(i).prompt()), pairs.get(i).answer(), before.get(i),
                    after.get(i)));
        }
        return examples;
    }

    private List<String> ask() {
        var template = source.requireTemplate();
        var prompts = pairs.stream().map(pair -> template.render(source.tokenizer(), pair.prompt(), true).ids())
                .toList();
        var limits = new Inference.Limits(LONGEST_ANSWER, source.ends());
        return new Inference(tuning.model(), kernels).generate(prompts, Sampler.greedy(), limits, (sequence, id) -> { })
                .stream().map(completion -> source.tokenizer().decode(completion.ids())
                        + (completion.isEnded() ? "" : " …")).toList();
    }

    /// Turns as a reader sees them: a single question alone, more of them with their roles.
    static String question(List<Message> turns) {
        return turns.size() == 1 ? turns.getFirst().content()
                : turns.stream().map(turn -> turn.role() + ": " + turn.content()).collect(Collectors.joining("\n"));
    }
}
