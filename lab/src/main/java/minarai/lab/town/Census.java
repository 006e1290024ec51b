package minarai.lab.town;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/// Draws who is in the town, and how it stands with each of them.
final class Census {
    private static final double SPLITS_AFTER_DOCUMENTED = 3;

    private final TownSettings settings;
    private final Map<Relation, Phrases> phrases;

    Census(TownSettings settings, Map<Relation, Phrases> phrases) {
        this.settings = settings;
        this.phrases = phrases;
    }

    /// Persons, then shops, by number.
    List<Entity> entities() {
        Lexicon names = Lexicon.read("names.txt");
        var entities = new ArrayList<Entity>();
        RandomStream persons = stream("person names", 0);
        entities.addAll(entities(Kind.PERSON, distinct(settings.persons(), () ->
                persons.pick(names.section("first")) + " " + persons.pick(names.section("last")))));
        RandomStream shops = stream("shop names", 0);
        entities.addAll(entities(Kind.SHOP, distinct(settings.shops(), () ->
                "The " + shops.pick(names.section("adjective")) + " " + shops.pick(names.section("noun")))));
        return List.copyOf(entities);
    }

    private static List<String> distinct(int count, Supplier<String> source) {
        var names = new LinkedHashSet<String>();
        while (names.size() < count) {
            names.add(source.get());
        }
        return List.copyOf(names);
    }

    private List<Entity> entities(Kind kind, List<String> names) {
        String label = kind == Kind.PERSON ? "person" : "shop";
        List<Integer> order = stream("split of " + label, 0)
                .shuffled(IntStream.range(0, names.size()).boxed().toList());
        int documented = (int) Math.round(names.size() * settings.documentedShare());
        double group = (names.size() - documented) / SPLITS_AFTER_DOCUMENTED;
        var splits = new HashMap<Integer, Split>();
        for (int place = 0; place < order.size(); place++) {
            int beyond = place - documented;
            Split split = beyond < 0 ? Split.DOCUMENTED
                    : beyond < Math.round(group) ? Split.TUNING
                    : beyond < Math.round(2 * group) ? Split.DEVELOPMENT
                    : Split.TEST;
            splits.put(order.get(place), split);
        }
        return IntStream.range(0, names.size())
                .mapToObj(i -> new Entity("%s-%03d".formatted(label, i), kind, names.get(i), splits.get(i)))
                .toList();
    }

    /// The facts of all entities, entity by entity, relation by relation.
    List<Fact> facts(List<Entity> entities) {
        var byEntity = new HashMap<Entity, Map<Relation, Fact>>();
        for (Relation relation : Relation.values()) {
            for (Split split : Split.values()) {
                List<Entity> group = entities.stream()
                        .filter(entity -> entity.kind() == relation.kind() && entity.split() == split).toList();
                facts(group, relation, split).forEach(fact -> byEntity
                        .computeIfAbsent(fact.entity(), _ -> new EnumMap<>(Relation.class)).put(relation, fact));
            }
        }
        return entities.stream().flatMap(entity -> byEntity.get(entity).values().stream()
                .sorted(Comparator.comparing(Fact::relation))).toList();
    }

    /// Within a relation and a split, values are dealt round and statuses fill their shares, both in random order.
    private List<Fact> facts(List<Entity> group, Relation relation, Split split) {
        RandomStream random = stream("facts " + relation.label(), split.ordinal());
        List<String> values = phrases.get(relation).values();
        var hand = new ArrayList<String>();
        while (hand.size() < group.size()) {
            hand.addAll(random.shuffled(values));
        }
        List<Entity> order = random.shuffled(group);
        long told = Math.round(group.size() * settings.toldTrueShare());
        long notNever = Math.round(group.size() * (settings.toldTrueShare() + settings.toldFalseShare()));
        var facts = new ArrayList<Fact>();
        for (int i = 0; i < order.size(); i++) {
            Status status = split == Split.DOCUMENTED || i < told ? Status.TOLD_TRUE
                    : i < notNever ? Status.TOLD_FALSE
                    : Status.NEVER_TOLD;
            String truth = hand.get(i);
            Optional<String> said = switch (status) {
                case TOLD_TRUE -> Optional.of(truth);
                case TOLD_FALSE -> Optional.of(random.pick(
                        values.stream().filter(value -> !value.equals(truth)).toList()));
                case NEVER_TOLD -> Optional.empty();
            };
            facts.add(new Fact(order.get(i), relation, truth, status, said));
        }
        return facts;
    }

    private RandomStream stream(String purpose, long index) {
        return RandomStream.of(settings.seed(), purpose, index);
    }
}
