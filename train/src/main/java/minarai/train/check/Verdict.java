package minarai.train.check;

import java.util.List;
import java.util.Set;

/// What the checks had to say about a run that may go ahead.
///
/// @param overridden refusals that were allowed, for the run's record
/// @param leftOut    ids of the examples that must not be trained on, because an override leaves them out
public record Verdict(List<Refusal> overridden, Set<String> leftOut) {

    public Verdict {
        overridden = List.copyOf(overridden);
        leftOut = Set.copyOf(leftOut);
    }
}
