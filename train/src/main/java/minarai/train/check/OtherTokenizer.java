package minarai.train.check;

import java.util.List;
import minarai.models.Mismatch;

/// A tokenizer that is not the model's: ids then mean other words than those the model was pretrained on.
///
/// @param model   the model's folder
/// @param reasons what does not fit, see [minarai.models.ModelSource#tokenizerFaults()]
public record OtherTokenizer(String model, List<String> reasons) implements Check {

    static final String NAME = Mismatch.OTHER_TOKENIZER.override();

    public OtherTokenizer {
        reasons = List.copyOf(reasons);
    }

    @Override
    public List<Refusal> refusals(Material material) {
        return reasons.stream().map(reason -> new Refusal(NAME, "", model, reason,
                "Use the tokenizer's files that came with the model")).toList();
    }
}
