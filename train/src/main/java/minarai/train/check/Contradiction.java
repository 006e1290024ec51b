package minarai.train.check;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import minarai.train.data.Example;
import minarai.train.data.Words;

/// Two training examples that ask the same and answer differently: no weights satisfy both.
public record Contradiction() implements Check {

    static final String NAME = "contradiction";

    @Override
    public List<Refusal> refusals(Material material) {
        Map<String, Example> first = new HashMap<>();
        var refusals = new ArrayList<Refusal>();
        for (Rendered rendered : material.training()) {
            Example example = rendered.example();
            Example earlier = first.putIfAbsent(example.question(), example);
            if (earlier != null && !Words.squeezed(earlier.answer()).equals(Words.squeezed(example.answer()))) {
                refusals.add(new Refusal(NAME, example.id(), example.origin(),
                        "the instruction is that of " + earlier.origin() + " but the answer differs",
                        "Keep the better answer, or say in the instruction what makes the difference"));
            }
        }
        return refusals;
    }
}
