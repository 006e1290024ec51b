package minarai.eval.task;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import minarai.eval.Answered;
import minarai.eval.ifeval.InstructionFollowing;
import minarai.eval.ifeval.InstructionFollowing.Reading;
import minarai.eval.metric.Likelihood;
import minarai.eval.metric.Metric;
import minarai.eval.metric.MultipleChoice;
import minarai.eval.metric.PassAtK;
import minarai.eval.results.Measure;
import minarai.eval.statistics.Bootstrap;

/// The figures of a task, from its scored answers, each with its signature.
final class Measures {

    /// The k of pass@k.
    static final List<Integer> PASSES = List.of(1, 5, 10);

    private Measures() {
    }

    /// @param asked     the items, in the order of the answers
    /// @param answered  one at least
    /// @param tokenizer what identifies the model's
    static List<Measure> of(TaskDefinition task, List<TaskItem> asked, List<Answered> answered, String tokenizer) {
        List<Measure> measures = new ArrayList<>();
        var bootstrap = Bootstrap.standard(1);
        for (String name : answered.getFirst().answer().scores().keySet()) {
            measures.add(Measure.named(name, signature(task, name) + extracted(task), answered, bootstrap));
        }
        if (task.kind() == Kind.INSTRUCTIONS) {
            for (Reading reading : Reading.values()) {
                measures.add(instructionLevel(asked, answered, reading));
            }
        }
        measures.addAll(Whole.measures(task, answered));
        measures.addAll(Consistencies.measures(task, asked, answered));
        Likelihood likelihood = answered.stream().flatMap(one -> one.answer().likelihood().stream())
                .reduce(Likelihood.none(), Likelihood::plus);
        if (likelihood.bytes() > 0) {
            measures.add(Measure.bitsPerByte(likelihood));
        }
        if (likelihood.tokens() > 0) {
            measures.add(Measure.perplexity(likelihood, tokenizer));
        }
        return measures;
    }

    /// Which part of an answer is looked at is part of a signature, too.
    static String extracted(TaskDefinition task) {
        return task.kind() != Kind.GENERATE ? ""
                : task.extract().map(pattern -> "|extract:" + pattern.pattern()).orElse("");
    }

    private static String signature(TaskDefinition task, String name) {
        return switch (task.kind()) {
            case CHOICE -> name.equals("mc1") ? MultipleChoice.mc1Signature()
                    : name.equals("mc2") ? MultipleChoice.mc2Signature()
                    : IntStream.range(0, MultipleChoice.Measure.values().length)
                    .mapToObj(i -> MultipleChoice.Measure.values()[i]).filter(measure -> measure.label().equals(name))
                    .map(MultipleChoice.Measure::signature).findFirst().orElse(name);
            case LAST_WORD -> "acc|token:all-greedy|version:1";
            case INSTRUCTIONS -> InstructionFollowing.signature(name.contains("strict") ? Reading.STRICT
                    : Reading.LOOSE);
            case CODE -> PASSES.stream().map(PassAtK::new).filter(pass -> pass.name().equals(name))
                    .map(PassAtK::signature).findFirst().orElse(name);
            case GENERATE, ROLLING, TURNS -> name.equals(Likeness.NAME) ? Likeness.signature()
                    : task.textMetrics().stream().filter(metric -> metric.name().equals(name)).map(Metric::signature)
                    .findFirst().orElse(name);
        };
    }

    private static Measure instructionLevel(List<TaskItem> asked, List<Answered> answered, Reading reading) {
        var followed = IntStream.range(0, asked.size()).boxed()
                .flatMap(index -> answered.get(index).answer().texts().stream().flatMap(text -> InstructionFollowing.of(
                        asked.get(index).instructions(), text, reading).followed().stream())).toList();
        double share = followed.stream().mapToInt(one -> one ? 1 : 0).average().orElse(0);
        return new Measure("inst_level_" + label(reading) + "_acc", share, OptionalDouble.empty(), true,
                InstructionFollowing.signature(reading));
    }

    /// `strict` or `loose`, as in the names of measures.
    static String label(Reading reading) {
        return reading == Reading.STRICT ? "strict" : "loose";
    }
}
