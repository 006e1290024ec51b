package minarai.train.check;

import java.util.List;
import java.util.stream.Stream;
import minarai.tokenizer.Tokenizer;
import minarai.train.data.Example;

/// All that a run is about to use.
///
/// @param training  to be trained on
/// @param heldOut   validation and test examples, rendered alike
/// @param testItems examples of evaluations that are only compared with the training data
/// @param tokenizer by which the examples were rendered
public record Material(List<Rendered> training, List<Rendered> heldOut, List<Example> testItems, Tokenizer tokenizer) {

    public Material {
        training = List.copyOf(training);
        heldOut = List.copyOf(heldOut);
        testItems = List.copyOf(testItems);
    }

    /// Everything that was rendered.
    Stream<Rendered> rendered() {
        return Stream.concat(training.stream(), heldOut.stream());
    }

    /// Everything that must not be in the training data.
    List<Example> unseen() {
        return Stream.concat(heldOut.stream().map(Rendered::example), testItems.stream()).toList();
    }
}
