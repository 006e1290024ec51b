package minarai.lab.town;

/// All that determines a town and its texts.
///
/// @param seed            any number; another seed is another town
/// @param persons         how many, 5 to 2,500
/// @param shops           how many, 5 to 288
/// @param documentedShare share of the entities that also appear in question-answer documents
/// @param toldTrueShare   share of the other entities' facts that are told as they are
/// @param toldFalseShare  share of the other entities' facts that are told wrongly; the rest are never told
/// @param mentions        how often prose tells each told fact
/// @param answers         how often question-answer documents answer each documented fact
/// @param unansweredShare share of the dialogues that hold a question without an answer
/// @param heldOutBytes    length of the text kept out of the corpus, at least; never more than the corpus has
/// @param deskPairs       how many tuning pairs [Town#deskPairs(long)] draws
public record TownSettings(long seed, int persons, int shops, double documentedShare, double toldTrueShare,
                           double toldFalseShare, int mentions, int answers, double unansweredShare, int heldOutBytes,
                           int deskPairs) {
    private static final long MOST_TELLINGS = 10_000_000;

    /// @throws IllegalArgumentException if a number is out of its range
    public TownSettings {
        require("persons", persons, 5, 2_500);
        require("shops", shops, 5, 288);
        requireShare("documentedShare", documentedShare, 0.9);
        requireShare("toldTrueShare", toldTrueShare, 1);
        requireShare("toldFalseShare", toldFalseShare, 1);
        requireShare("toldTrueShare + toldFalseShare", toldTrueShare + toldFalseShare, 1);
        requireShare("unansweredShare", unansweredShare, 1);
        require("mentions", mentions, 1, 1_000_000);
        require("answers", answers, 0, 1_000_000);
        require("heldOutBytes", heldOutBytes, 0, 100_000_000);
        require("deskPairs", deskPairs, 1, 10_000);
        long facts = 5L * persons + 3L * shops;
        require("facts x (mentions + answers)", facts * (mentions + answers), 0, MOST_TELLINGS);
    }

    /// The town of the embedded model: 240 persons, 60 shops, about 12 MB of text.
    public static TownSettings defaults() {
        return new TownSettings(20_260_101, 240, 60, 0.4, 0.6, 0.2, 150, 38, 0.25, 100_000, 40);
    }

    /// The same with another seed.
    public TownSettings withSeed(long seed) {
        return new TownSettings(seed, persons, shops, documentedShare, toldTrueShare, toldFalseShare, mentions, answers,
                unansweredShare, heldOutBytes, deskPairs);
    }

    /// The same with other numbers of entities.
    public TownSettings withEntities(int persons, int shops) {
        return new TownSettings(seed, persons, shops, documentedShare, toldTrueShare, toldFalseShare, mentions, answers,
                unansweredShare, heldOutBytes, deskPairs);
    }

    /// The same with other numbers of tellings a fact, in prose and in question-answer documents.
    public TownSettings withExposures(int mentions, int answers) {
        return new TownSettings(seed, persons, shops, documentedShare, toldTrueShare, toldFalseShare, mentions, answers,
                unansweredShare, heldOutBytes, deskPairs);
    }

    /// The same with another number of tuning pairs.
    public TownSettings withDeskPairs(int deskPairs) {
        return new TownSettings(seed, persons, shops, documentedShare, toldTrueShare, toldFalseShare, mentions, answers,
                unansweredShare, heldOutBytes, deskPairs);
    }

    private static void require(String what, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("town settings: %s is %d; it must be from %d to %d"
                    .formatted(what, value, least, most));
        }
    }

    private static void requireShare(String what, double share, double most) {
        if (!(share >= 0 && share <= most + 1e-12)) {
            throw new IllegalArgumentException("town settings: %s is %s; it must be from 0 to %s"
                    .formatted(what, share, most));
        }
    }
}
