package minarai.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import minarai.models.Mismatch;
import minarai.train.data.Names;

/// What a user lets pass by name.
final class Allowed {

    private Allowed() {
    }

    /// @throws IllegalArgumentException if a name is unknown: a misspelled override must not look like one
    static Set<Mismatch> of(List<String> names) {
        var known = Arrays.stream(Mismatch.values()).map(Mismatch::override).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("--allow: unknown name %s%s Known are %s".formatted(
                        Names.clipped(name), Names.nearest(name, known).map(near -> "; did you mean " + near + "?")
                        .orElse("."), Names.list(known)));
            }
        }
        return Mismatch.among(names);
    }
}
