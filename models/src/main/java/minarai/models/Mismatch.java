package minarai.models;

import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/// Parts that do not belong together although they fit: nothing fails, and the answers are quietly wrong. Each is
/// refused unless it is allowed by name.
public enum Mismatch {
    /// An adapter on another base than the one it was trained on, told by the hash of the weights.
    OTHER_BASE("other_base"),
    /// A tokenizer that is not the model's, or not the one an adapter was trained with.
    OTHER_TOKENIZER("other_tokenizer");

    private final String override;

    Mismatch(String override) {
        this.override = override;
    }

    /// The name by which it can be allowed.
    public String override() {
        return override;
    }

    /// Those that are among the names; other names are passed over.
    public static Set<Mismatch> among(Collection<String> names) {
        var found = EnumSet.noneOf(Mismatch.class);
        Arrays.stream(values()).filter(each -> names.contains(each.override)).forEach(found::add);
        return found;
    }

    /// @throws MismatchException unless this is allowed
    void refuseUnless(Set<Mismatch> allowed, String reason) {
        if (!allowed.contains(this)) {
            throw new MismatchException(this, reason);
        }
    }
}
