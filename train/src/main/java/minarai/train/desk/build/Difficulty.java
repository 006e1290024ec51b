package minarai.train.desk.build;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import minarai.models.Inference;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.chat.ChatTemplate;
import minarai.tokenizer.chat.Rendering;
import minarai.train.desk.Entry;

/// What a model makes of answers, in nats per token of the answer.
///
/// @param loss  of the answer after its question
/// @param alone of the answer after the conversation's first token only
/// @see <a href="https://arxiv.org/abs/2308.12032">Li et al. 2023, equations 1 to 3</a>
public record Difficulty(double loss, double alone) {

    /// Instruction-following difficulty: how much of its loss an answer keeps when the question is there.
    public double ratio() {
        return alone == 0 ? 1 : loss / alone;
    }

    /// Asks a model about all answers.
    ///
    /// @throws IllegalArgumentException if an answer is blank, has no tokens of its own or is too long for the model,
    ///                                  with its place
    public static List<Difficulty> of(List<Entry> entries, Inference inference, Tokenizer tokenizer,
            ChatTemplate template) {
        var prompts = new ArrayList<int[]>();
        var starts = new ArrayList<int[]>();
        var answers = new ArrayList<int[]>();
        for (Entry entry : entries) {
            if (entry.answer().content().isBlank()) {
                throw entry.place().problem("the answer is blank, so it has no difficulty; data check --fix removes"
                        + " such rows");
            }
            Rendering rendering = template.render(tokenizer, entry.messages(), false);
            int[] ids = rendering.ids();
            int end = lastTarget(rendering, entry);
            int start = end;
            while (start > 1 && rendering.mask()[start - 1]) {
                start--;
            }
            if (end + 1 > inference.model().maxPositions()) {
                throw entry.place().problem("question and answer have %,d tokens; the model takes %,d".formatted(end
                        + 1,
                        inference.model().maxPositions()));
            }
            prompts.add(Arrays.copyOf(ids, start));
            starts.add(Arrays.copyOf(ids, 1));
            answers.add(Arrays.copyOfRange(ids, start, end + 1));
        }
        double[] together = inference.logLikelihoods(prompts, answers);
        double[] alone = inference.logLikelihoods(starts, answers);
        var difficulties = new ArrayList<Difficulty>();
        for (int i = 0; i < answers.size(); i++) {
            int tokens = answers.get(i).length;
            difficulties.add(new Difficulty(-together[i] / tokens, -alone[i] / tokens));
        }
        return difficulties;
    }

    private static int lastTarget(Rendering rendering, Entry entry) {
        int end = rendering.ids().length - 1;
        while (end > 0 && !rendering.mask()[end]) {
            end--;
        }
        if (end == 0) {
            throw entry.place().problem("the answer has no token of its own in the chat template, so it has no"
                    + " difficulty");
        }
        return end;
    }
}
