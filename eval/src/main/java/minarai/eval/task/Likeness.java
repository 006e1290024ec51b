package minarai.eval.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import minarai.eval.Answered;
import minarai.eval.metric.EmbeddingSimilarity;
import minarai.eval.results.Measure;

/// Answers with a score more: how alike they are to the expected ones by the features of the model's base, and what
/// answers with the expectations of other items come to. What has no token is like nothing; a negative similarity
/// counts as none.
///
/// @param answered with the score
/// @param shuffled the mean over pairs of an answer with an expectation of another item
record Likeness(List<Answered> answered, double shuffled) {

    /// What task files call it.
    static final String NAME = "embedding_similarity";
    private static final String VECTORS = "last-layer-of-base";
    /// Items whose features are in memory at once, and among which answers are shuffled, up to twice as many.
    private static final int TOGETHER = 64;
    private static final long SEED = 1;

    /// @throws IllegalArgumentException if there are fewer than two items
    static Likeness of(AskedModel model, TaskDefinition task, List<Answered> answered) {
        int parts = Math.max(1, answered.size() / TOGETHER);
        var scored = new ArrayList<Answered>();
        double shuffled = 0;
        for (int part = 0; part < parts; part++) {
            var some = part(model, task, answered.subList(answered.size() * part / parts,
                    answered.size() * (part + 1) / parts));
            scored.addAll(some.answered);
            shuffled += some.shuffled * some.answered.size();
        }
        return new Likeness(List.copyOf(scored), shuffled / answered.size());
    }

    private static Likeness part(AskedModel model, TaskDefinition task, List<Answered> answered) {
        var scored = new ArrayList<Answered>();
        var firsts = new ArrayList<float[][]>();
        var references = new ArrayList<float[][]>();
        for (Answered one : answered) {
            var answers = model.features(one.answer().texts().stream().map(task::extracted).toList());
            var expected = model.features(one.item().expected()).stream().filter(features -> features.length > 0)
                    .toList();
            double sum = 0;
            for (float[][] answer : answers) {
                sum += answer.length == 0 ? 0 : expected.stream().mapToDouble(reference ->
                        EmbeddingSimilarity.match(answer, reference).f1()).max().orElse(0);
            }
            Map<String, Double> scores = new TreeMap<>(one.answer().scores());
            scores.put(NAME, Math.clamp(sum / answers.size(), 0.0, 1.0));
            scored.add(new Answered(one.item(), one.answer().scored(scores)));
            if (answers.getFirst().length > 0 && !expected.isEmpty()) {
                firsts.add(answers.getFirst());
                references.add(expected.getFirst());
            }
        }
        if (answered.size() < 2) {
            throw new IllegalArgumentException("task " + task.name() + ": " + NAME + " of " + answered.size()
                    + " item; needed: two at least, for answers are also set beside what other items expect");
        }
        return new Likeness(scored, firsts.size() < 2 ? 0 : Math.max(0, EmbeddingSimilarity.of(firsts, references, SEED)
                .shuffled()) * firsts.size() / answered.size());
    }

    static String signature() {
        return EmbeddingSimilarity.signature(VECTORS);
    }

    /// What chance comes to.
    Measure baseline() {
        return new Measure(NAME + "_shuffled", shuffled, OptionalDouble.empty(), false, signature());
    }
}
