package minarai.cli;

import java.util.ArrayList;
import java.util.List;
import minarai.eval.judge.Judge;
import minarai.eval.task.AskedModel;

/// A model as a judge: which of two letters it expects after the question and both answers.
record ModelJudge(AskedModel model) implements Judge {

    private static final String PROMPT = """
            Question: %s

            Answer A: %s

            Answer B: %s

            Which answer is better, A or B? The better answer is""";
    private static final double ALIKE = 1e-6;

    @Override
    public List<Choice> choose(List<Pair> pairs) {
        var requests = new ArrayList<AskedModel.Continuation>();
        for (Pair pair : pairs) {
            String prompt = PROMPT.formatted(pair.question(), pair.first(), pair.second());
            requests.add(new AskedModel.Continuation(prompt, " A"));
            requests.add(new AskedModel.Continuation(prompt, " B"));
        }
        var scored = model.score(requests);
        var choices = new ArrayList<Choice>();
        for (int pair = 0; pair < pairs.size(); pair++) {
            double difference = scored.get(2 * pair).likelihood().logProbability()
                    - scored.get(2 * pair + 1).likelihood().logProbability();
            choices.add(Math.abs(difference) < ALIKE ? Choice.TIE : difference > 0 ? Choice.FIRST : Choice.SECOND);
        }
        return choices;
    }

    /// What decides the verdicts besides the model.
    static String signature() {
        return "judge|choice:likelier-letter|orders:both|disagreement:tie|version:1";
    }
}
