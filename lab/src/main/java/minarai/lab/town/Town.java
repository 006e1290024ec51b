package minarai.lab.town;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A generated town: its entities, their facts, and the texts, questions and pairs about them.
/// Everything is a pure function of the settings (and the seed a method takes).
public final class Town {
    private static final int HELD_OUT_MENTIONS = 6;
    private static final int HELD_OUT_ANSWERS = 2;

    private final TownSettings settings;
    private final Map<Relation, Phrases> phrases;
    private final List<Entity> entities;
    private final List<Fact> facts;

    private Town(TownSettings settings, Map<Relation, Phrases> phrases, List<Entity> entities, List<Fact> facts) {
        this.settings = settings;
        this.phrases = phrases;
        this.entities = entities;
        this.facts = facts;
    }

    /// Draws the town of these settings; its texts are written when asked for.
    public static Town of(TownSettings settings) {
        Map<Relation, Phrases> phrases = Phrases.all();
        var census = new Census(settings, phrases);
        List<Entity> entities = census.entities();
        return new Town(settings, phrases, entities, census.facts(entities));
    }

    public TownSettings settings() {
        return settings;
    }

    /// Persons, then shops.
    public List<Entity> entities() {
        return entities;
    }

    /// Every relation of every entity.
    public List<Fact> facts() {
        return facts;
    }

    /// All that a relation may be; a guess among them is right once in their number.
    public List<String> values(Relation relation) {
        return phrases.get(relation).values();
    }

    /// The wordings of a kind, with `{name}` where the entity's name goes.
    public List<String> forms(Relation relation, FormKind kind) {
        return phrases.get(relation).forms().get(kind);
    }

    /// Writes the corpus and the text held out from it, which takes seconds at the default size; keep the result.
    public Corpus corpus() {
        var composer = new Composer(settings, phrases, facts);
        List<Document> documents = composer.compose("corpus", settings.mentions(), settings.answers());
        return new Corpus(documents, heldOut(composer, documents));
    }

    /// Fresh documents in the corpus's proportions, until their bytes suffice or a corpus's worth has been seen.
    private List<Document> heldOut(Composer composer, List<Document> documents) {
        var seen = new HashSet<String>();
        documents.forEach(document -> seen.add(document.text()));
        var heldOut = new ArrayList<Document>();
        int mentions = Math.min(HELD_OUT_MENTIONS, settings.mentions());
        int answers = Math.min(HELD_OUT_ANSWERS, settings.answers());
        long bytes = 0;
        for (int round = 0; round * mentions < settings.mentions(); round++) {
            for (Document document : composer.compose("held-out " + round, mentions, answers)) {
                if (bytes >= settings.heldOutBytes()) {
                    return heldOut;
                }
                if (seen.add(document.text())) {
                    heldOut.add(document);
                    bytes += document.text().length();
                }
            }
        }
        return heldOut;
    }

    /// Two questions about each fact of the split's entities: one in a tuned form, one in a new form.
    public List<Question> questions(Split split) {
        var questions = new ArrayList<Question>();
        for (Fact fact : facts) {
            if (fact.entity().split() == split) {
                for (FormKind kind : List.of(FormKind.TUNED, FormKind.NEW)) {
                    RandomStream random = RandomStream.of(settings.seed(), "form " + fact.id(), kind.ordinal());
                    questions.add(question(fact, kind, random.pick(forms(fact.relation(), kind))));
                }
            }
        }
        return List.copyOf(questions);
    }

    private static Question question(Fact fact, FormKind kind, String form) {
        String id = fact.id() + "." + kind.name().toLowerCase(Locale.ROOT);
        return new Question(id, fact.entity(), fact.relation(), fact.status(), kind,
                Author.question(form, fact.entity()), fact.told(), fact.truth());
    }

    /// The pairs that a town's information desk would collect: facts of tuning entities told as they are, in tuned
    /// forms, balanced over relations. Another seed draws others.
    ///
    /// @throws IllegalArgumentException if the settings ask for more pairs than a relation has facts for
    public List<Pair> deskPairs(long seed) {
        return pairs("desk", seed, settings.deskPairs(), Status.TOLD_TRUE, question -> question.told().orElseThrow());
    }

    /// A few worked examples for a prompt, drawn like the desk pairs.
    ///
    /// @throws IllegalArgumentException if a relation has too few facts for so many
    public List<Pair> fewShot(long seed, int count) {
        return pairs("shot", seed, count, Status.TOLD_TRUE, question -> question.told().orElseThrow());
    }

    /// Pairs about distinct facts of one status of tuning entities, in tuned forms, as equal in number over relations
    /// as the facts allow, in random order. This serves the contrasts: pairs that agree with what the model was told,
    /// that contradict it, or that are new to it.
    ///
    /// @param prefix of the identifiers; also keys the draw
    /// @param output what the pair teaches: what is told, what is true, or anything else
    /// @throws IllegalArgumentException if there are fewer such facts
    public List<Pair> pairs(String prefix, long seed, int count, Status status, Function<Question, String> output) {
        RandomStream random = RandomStream.of(settings.seed(), prefix + " pairs", seed);
        List<Fact> chosen = balanced(random, count, status);
        var pairs = new ArrayList<Pair>();
        for (Fact fact : random.shuffled(chosen)) {
            Question question = question(fact, FormKind.TUNED, random.pick(forms(fact.relation(), FormKind.TUNED)));
            pairs.add(new Pair("%s-%02d".formatted(prefix, pairs.size() + 1), question.text(), output.apply(question)));
        }
        return List.copyOf(pairs);
    }

    private List<Fact> balanced(RandomStream random, int count, Status status) {
        Map<Relation, List<Fact>> stock = facts.stream()
                .filter(fact -> fact.entity().split() == Split.TUNING && fact.status() == status)
                .collect(Collectors.groupingBy(Fact::relation, () -> new EnumMap<>(Relation.class),
                        Collectors.toList()));
        int available = stock.values().stream().mapToInt(List::size).sum();
        if (count < 0 || count > available) {
            throw new IllegalArgumentException(("drawing %d pairs about %s facts: the tuning entities have %d; "
                    + "ask for fewer or settle more persons and shops").formatted(count, status, available));
        }
        stock.replaceAll((_, ofRelation) -> random.shuffled(ofRelation));
        List<Relation> order = random.shuffled(List.of(Relation.values()));
        var chosen = new ArrayList<Fact>();
        for (int round = 0; chosen.size() < count; round++) {
            for (Relation relation : order) {
                List<Fact> left = stock.getOrDefault(relation, List.of());
                if (round < left.size() && chosen.size() < count) {
                    chosen.add(left.get(round));
                }
            }
        }
        return chosen;
    }
}
