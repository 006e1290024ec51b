package minarai.train.check;

import java.util.Collection;
import java.util.List;

/// One reason not to train.
///
/// @param override  the name by which it can be allowed, e.g. `missing_end`
/// @param exampleId of the example at fault
/// @param place     `file:line`
/// @param reason    what is wrong
/// @param remedy    what to do about it
public record Refusal(String override, String exampleId, String place, String reason, String remedy) {

    /// The names by which some refusals can be allowed, each once, in order.
    public static List<String> names(Collection<Refusal> refusals) {
        return refusals.stream().map(Refusal::override).distinct().sorted().toList();
    }

    /// One line: place, reason, remedy.
    @Override
    public String toString() {
        return place + ": " + reason + ". " + remedy + ".";
    }
}
