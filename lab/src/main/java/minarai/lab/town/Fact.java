package minarai.lab.town;

import java.util.Optional;

/// One relation of one entity: how it is, and what the corpus says.
///
/// @param told what the corpus says: the truth, a wrong value, or nothing, as the status has it
public record Fact(Entity entity, Relation relation, String truth, Status status, Optional<String> told) {
    /// @throws IllegalArgumentException if the status contradicts what is told
    public Fact {
        boolean isConsistent = switch (status) {
            case TOLD_TRUE -> told.equals(Optional.of(truth));
            case TOLD_FALSE -> told.isPresent() && !told.get().equals(truth);
            case NEVER_TOLD -> told.isEmpty();
        };
        if (!isConsistent) {
            throw new IllegalArgumentException(("fact %s of %s: status %s, truth '%s' and told %s do not agree; "
                    + "told must be the truth, a wrong value or nothing")
                    .formatted(relation.label(), entity.name(), status, truth, told));
        }
    }

    /// Such as "person-017.street".
    public String id() {
        return entity.id() + "." + relation.label();
    }
}
