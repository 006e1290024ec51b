package minarai.train.check;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// Training was refused by one or more checks; a program ends with exit code 3.
public final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1;
    private static final int SHOWN = 10;

    private final transient List<Refusal> refusals;

    RefusedException(Collection<Refusal> refusals) {
        super(message(List.copyOf(refusals)));
        this.refusals = List.copyOf(refusals);
    }

    /// Every refusal that was not overridden.
    public List<Refusal> refusals() {
        return refusals;
    }

    private static String message(List<Refusal> refusals) {
        String lines = refusals.stream().limit(SHOWN).map(refusal -> "\n  " + refusal).collect(Collectors.joining());
        String more = refusals.size() > SHOWN ? "\n  and %,d more".formatted(refusals.size() - SHOWN) : "";
        return "refused, %,d %s:%s%s%nTo train all the same, which goes on record: allow=%s".formatted(refusals.size(),
                refusals.size() == 1 ? "reason" : "reasons", lines, more, String.join(",", Refusal.names(refusals)));
    }
}
