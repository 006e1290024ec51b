package minarai.eval.metric;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// A question with options, and how likely the model found each as the continuation of the question. The model's choice
/// is the likeliest; which that is depends on what the log-probability is divided by.
///
/// @param options at least two
/// @param right   indexes of the right ones
public record MultipleChoice(List<Option> options, List<Integer> right) {

    /// An option.
    ///
    /// @param text           without the blank that separates it from the question
    /// @param logProbability natural logarithm, summed over its tokens
    public record Option(String text, double logProbability) {
    }

    /// What the log-probability of an option is divided by.
    public enum Measure {
        /// Nothing.
        ACC("acc", option -> 1),
        /// Characters: Unicode code points, as Python counts them.
        ACC_NORM("acc_norm", option -> option.codePointCount(0, option.length())),
        /// UTF-8 bytes.
        ACC_BYTES("acc_bytes", option -> option.getBytes(StandardCharsets.UTF_8).length);

        private final String label;
        private final ToDoubleFunction<String> length;

        Measure(String label, ToDoubleFunction<String> length) {
            this.label = label;
            this.length = length;
        }

        /// The name result files use.
        public String label() {
            return label;
        }

        public String signature() {
            return label + "|choice:argmax|ties:first|divided-by:" + switch (this) {
                case ACC -> "nothing";
                case ACC_NORM -> "code-points";
                case ACC_BYTES -> "utf-8-bytes";
            } + "|version:1";
        }
    }

    /// @throws IllegalArgumentException if there are fewer than two options, none is right, or a log-probability is
    ///         positive or not a number
    public MultipleChoice {
        options = List.copyOf(options);
        right = List.copyOf(right);
        int count = options.size();
        if (count < 2 || right.isEmpty() || right.stream().anyMatch(index -> index < 0 || index >= count)) {
            throw new IllegalArgumentException("a question with " + count + " options of which " + right
                    + " are right; needed: at least two options and the indexes of the right ones, from 0");
        }
        if (options.stream().anyMatch(option -> !(option.logProbability <= 0))) {
            throw new IllegalArgumentException("a question whose options have the log-probabilities "
                    + options.stream().map(Option::logProbability).toList() + "; a log-probability is at most 0");
        }
    }

    /// The index of the option the model prefers; the first of equal ones.
    public int choice(Measure measure) {
        int best = 0;
        for (int index = 1; index < options.size(); index++) {
            if (score(index, measure) > score(best, measure)) {
                best = index;
            }
        }
        return best;
    }

    public boolean isRight(Measure measure) {
        return right.contains(choice(measure));
    }

    /// Whether an option is likelier than every wrong one (TruthfulQA's mc1, of the best answer).
    ///
    /// @see <a href="https://arxiv.org/abs/2109.07958">Lin, Hilton and Evans 2021, section 2.3</a>
    public boolean isAheadOfWrong(int option) {
        return IntStream.range(0, options.size()).filter(index -> !right.contains(index))
                .allMatch(index -> options.get(option).logProbability > options.get(index).logProbability);
    }

    /// What identifies mc1.
    public static String mc1Signature() {
        return "mc1|best-answer-likelier-than-every-incorrect|divided-by:nothing|ties:wrong|answers:as-in-the-file"
                + "|version:1";
    }

    /// What identifies mc2.
    public static String mc2Signature() {
        return "mc2|share-of-correct-in-probability-of-all|divided-by:nothing|answers:as-in-the-file|version:1";
    }

    /// The share of the right options in the probability of all (TruthfulQA's mc2).
    public double rightMass() {
        double most = options.stream().mapToDouble(Option::logProbability).max().orElseThrow();
        double all = 0;
        double ours = 0;
        for (int index = 0; index < options.size(); index++) {
            double mass = StrictMath.exp(options.get(index).logProbability - most);
            all += mass;
            ours += right.contains(index) ? mass : 0;
        }
        return ours / all;
    }

    /// Blanks at the end of a context belong to the continuation: tokens begin with blanks rather than end in them.
    ///
    /// @return context and continuation
    public static List<String> movedBlanks(String context, String continuation) {
        int end = context.length();
        while (end > 0 && Characters.isBlank(context.charAt(end - 1))) {
            end--;
        }
        return new ArrayList<>(List.of(context.substring(0, end), context.substring(end) + continuation));
    }

    private double score(int index, Measure measure) {
        Option option = options.get(index);
        double length = measure.length.applyAsDouble(option.text);
        return option.logProbability / Math.max(1, length);
    }
}
