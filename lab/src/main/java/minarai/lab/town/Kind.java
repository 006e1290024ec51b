package minarai.lab.town;

import java.util.Arrays;
import java.util.List;

/// What an entity of the town is.
public enum Kind {
    PERSON, SHOP;

    /// The relations that entities of this kind have.
    public List<Relation> relations() {
        return Arrays.stream(Relation.values()).filter(relation -> relation.kind() == this).toList();
    }
}
