package minarai.train.desk.build;

import java.util.List;

/// A model that continues texts.
@FunctionalInterface
public interface Teacher {

    /// A continuation of each prompt, without the prompt.
    ///
    /// @param round a number that makes the choices of one call others than those of the next
    List<String> continuations(List<String> prompts, int round);
}
