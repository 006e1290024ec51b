package minarai.cli;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import minarai.eval.Answer;
import minarai.eval.Answered;
import minarai.eval.Item;
import minarai.eval.metric.ExactMatch;
import minarai.eval.metric.Likelihood;
import minarai.eval.metric.Metric;
import minarai.eval.metric.Normalisation;
import minarai.eval.metric.TokenF1;
import minarai.eval.results.Measure;
import minarai.eval.results.TaskResult;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.task.Drawing;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.tokenizer.chat.Message;
import minarai.tokenizer.chat.Rendering;
import minarai.train.data.Dataset;
import minarai.train.data.Example;

/// Asks a model pairs: what it answers is compared with the answer expected, and how likely it finds that is measured.
final class PairTask {

    private static final int VERSION = 1;
    private static final int TOGETHER = 16;

    private final ModelSource source;
    private final Inference inference;
    private final int maxTokens;
    private final int fewShot;
    private final Optional<Integer> limit;
    private final Drawing drawing;
    private final boolean isUnspaced;

    PairTask(ModelSource source, Inference inference, int maxTokens, int fewShot, Optional<Integer> limit,
            Drawing drawing, boolean isUnspaced) {
        this.source = source;
        this.inference = inference;
        this.maxTokens = maxTokens;
        this.fewShot = fewShot;
        this.limit = limit;
        this.drawing = drawing;
        this.isUnspaced = isUnspaced;
    }

    /// What of a file is shown and what is asked.
    private record Opened(Dataset dataset, List<Message> shown, List<Example> asked) {
    }

    /// @throws IllegalArgumentException if the file is not sound, has no pair to ask, or one that is longer than the
    ///         model takes
    void require(Path file) {
        Opened opened = open(file);
        int most = inference.model().maxPositions();
        for (Example pair : opened.asked) {
            int tokens = source.requireTemplate().render(source.tokenizer(), turns(opened.shown, pair), false).ids()
                    .length;
            if (tokens > most) {
                throw new IllegalArgumentException(("%s: the pair %s takes %d tokens with its answer%s, and the model"
                        + " takes %d; shorten it or leave it out").formatted(file, pair.id(), tokens, fewShot == 0 ? ""
                        : " and the examples before it", most));
            }
        }
    }

    private Opened open(Path file) {
        source.requireTemplate();
        var dataset = Dataset.read(file);
        List<Example> all = dataset.examples();
        if (all.size() <= fewShot) {
            throw new IllegalArgumentException("%s has %s, of which %d are shown; none is left to ask".formatted(file,
                    Figures.count(all.size(), "pair"), fewShot));
        }
        return new Opened(dataset, all.subList(0, fewShot).stream().flatMap(pair -> pair.messages().stream()).toList(),
                all.subList(fewShot, all.size()).stream().limit(limit.orElse(Integer.MAX_VALUE)).toList());
    }

    private static List<Message> turns(List<Message> shown, Example pair) {
        return Stream.concat(shown.stream(), pair.messages().stream()).toList();
    }

    /// @throws IllegalArgumentException as [#require]
    TaskResult result(Path file, String name, Console console) {
        Opened opened = open(file);
        List<Example> all = opened.dataset.examples();
        List<Example> asked = opened.asked;
        Normalisation normalisation = isUnspaced ? Normalisation.unspaced()
                : Normalisation.leaving(all.stream().map(Example::answer).toList());
        List<Metric> metrics = List.of(new ExactMatch(normalisation), new TokenF1(normalisation,
                isUnspaced ? TokenF1.Unit.CHAR : TokenF1.Unit.WORD));
        var answered = new ArrayList<Answered>();
        for (int first = 0; first < asked.size(); first += TOGETHER) {
            answered.addAll(answer(asked.subList(first, Math.min(asked.size(), first + TOGETHER)), first,
                    opened.shown, metrics));
            console.remark("%d of %d", answered.size(), asked.size());
        }
        return new TaskResult(name, file.getFileName().toString(), VERSION, fewShot, all.size() - fewShot,
                measures(answered, metrics, normalisation), answered, settings(opened.dataset));
    }

    private List<Answered> answer(List<Example> pairs, int first, List<Message> shown, List<Metric> metrics) {
        var template = source.requireTemplate();
        var prompts = new ArrayList<int[]>();
        var whole = new ArrayList<Rendering>();
        for (Example pair : pairs) {
            List<Message> turns = turns(shown, pair);
            prompts.add(template.render(source.tokenizer(), turns.subList(0, turns.size() - 1), true).ids());
            whole.add(template.render(source.tokenizer(), turns, false));
        }
        var limits = new Inference.Limits(maxTokens, source.ends());
        int samples = drawing.samples();
        var repeated = prompts.stream().flatMap(prompt -> Collections.nCopies(samples, prompt).stream()).toList();
        var completions = inference.generate(repeated, LocalModel.sampler(drawing, first * samples), limits,
                (sequence, id) -> { });
        List<float[]> losses = inference.losses(whole.stream().map(Rendering::ids).toList());
        var answered = new ArrayList<Answered>();
        for (int i = 0; i < pairs.size(); i++) {
            Example pair = pairs.get(i);
            var item = new Item(pair.id(), pair.id(), BeforeAndAfter.question(pair.prompt()), List.of(pair.answer()));
            var answers = completions.subList(i * samples, (i + 1) * samples).stream().map(completion -> Answer.scored(
                    source.tokenizer().decode(completion.ids()).strip(), item, metrics)).toList();
            var answer = (samples == 1 ? answers.getFirst() : Answer.drawn(answers))
                    .with(likelihood(losses.get(i), whole.get(i), prompts.get(i).length,
                            pair.answer()));
            answered.add(new Answered(item, answer));
        }
        return answered;
    }

    /// Of the expected answer and its end token, given the prompt.
    private static Likelihood likelihood(float[] losses, Rendering whole, int promptLength, String answer) {
        double sum = 0;
        long tokens = 0;
        for (int i = promptLength - 1; i < losses.length; i++) {
            if (whole.mask()[i + 1]) {
                sum += losses[i];
                tokens++;
            }
        }
        return new Likelihood(-sum, tokens, answer.getBytes(StandardCharsets.UTF_8).length);
    }

    private static List<Measure> measures(List<Answered> answered, List<Metric> metrics,
            Normalisation normalisation) {
        var bootstrap = Bootstrap.standard(1);
        var measures = new ArrayList<Measure>();
        metrics.forEach(metric -> measures.add(Measure.score(metric, answered, bootstrap)));
        measures.addAll(Measure.consistency("samples", "samples",
                answered.stream().map(one -> one.answer().drawn()).toList(), normalisation));
        Likelihood likelihood = answered.stream().flatMap(one -> one.answer().likelihood().stream())
                .reduce(Likelihood.none(), Likelihood::plus);
        measures.add(Measure.bitsPerByte(likelihood));
        return measures;
    }

    private Map<String, String> settings(Dataset dataset) {
        var settings = new LinkedHashMap<String, String>();
        settings.put("data_sha256", dataset.sha256());
        settings.put("max_tokens", String.valueOf(maxTokens));
        settings.put("decoding", drawing.label());
        settings.put(TaskResult.CHAT, "true");
        settings.put("likelihood", "of the expected answer with its end token, given the prompt");
        return settings;
    }
}
