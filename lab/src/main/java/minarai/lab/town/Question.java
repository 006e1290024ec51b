package minarai.lab.town;

import java.util.Optional;

/// A question about one fact.
///
/// @param id   such as "person-017.street.tuned"
/// @param told the answer the corpus supports, if it says anything
public record Question(String id, Entity entity, Relation relation, Status status, FormKind formKind, String text,
                       Optional<String> told, String truth) {
}
