package minarai.lab.town;

import java.util.Locale;

/// What can be told of an entity. Each relation's words lie in the text file of its name.
public enum Relation {
    STREET(Kind.PERSON), JOB(Kind.PERSON), PET(Kind.PERSON), DISH(Kind.PERSON), HOBBY(Kind.PERSON),
    SELLS(Kind.SHOP), SIGN(Kind.SHOP), LINE(Kind.SHOP);

    private final Kind kind;

    Relation(Kind kind) {
        this.kind = kind;
    }

    /// The kind of entity that has it.
    public Kind kind() {
        return kind;
    }

    /// The name in lower case, as in identifiers and file names.
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
