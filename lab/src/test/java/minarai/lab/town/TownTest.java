package minarai.lab.town;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import minarai.train.data.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TownTest {
    private static final Town TOWN = Town.of(TownSettings.defaults());
    private static final Reading READING = new Reading(TOWN);

    @Test
    void fullNamesAreUniqueWhileTheirPartsAreShared() {
        var names = TOWN.entities().stream().map(Entity::name).collect(Collectors.toSet());
        assertEquals(300, names.size());
        var parts = names.stream().flatMap(name -> Stream.of(name.split(" "))).collect(Collectors.toSet());
        assertTrue(parts.size() < 200, parts.size() + " parts");
    }

    @Test
    void entitiesAreSplitInTheStatedSharesWithinPersonsAndShops() {
        Map<Kind, Map<Split, Long>> counts = TOWN.entities().stream().collect(Collectors.groupingBy(Entity::kind,
                Collectors.groupingBy(Entity::split, Collectors.counting())));
        assertEquals(Map.of(
                Kind.PERSON, Map.of(Split.DOCUMENTED, 96L, Split.TUNING, 48L, Split.DEVELOPMENT, 48L, Split.TEST, 48L),
                Kind.SHOP, Map.of(Split.DOCUMENTED, 24L, Split.TUNING, 12L, Split.DEVELOPMENT, 12L, Split.TEST, 12L)),
                counts);
    }

    @Test
    void statusesHaveTheirSharesWithinEachRelationAndSplit() {
        for (Relation relation : Relation.values()) {
            for (Split split : List.of(Split.TUNING, Split.DEVELOPMENT, Split.TEST)) {
                Map<Status, Long> counts = TOWN.facts().stream()
                        .filter(fact -> fact.relation() == relation && fact.entity().split() == split)
                        .collect(Collectors.groupingBy(Fact::status, Collectors.counting()));
                assertEquals(relation.kind() == Kind.PERSON
                        ? Map.of(Status.TOLD_TRUE, 29L, Status.TOLD_FALSE, 9L, Status.NEVER_TOLD, 10L)
                        : Map.of(Status.TOLD_TRUE, 7L, Status.TOLD_FALSE, 3L, Status.NEVER_TOLD, 2L), counts);
            }
        }
        TOWN.facts().stream().filter(fact -> fact.entity().split() == Split.DOCUMENTED)
                .forEach(fact -> assertEquals(Status.TOLD_TRUE, fact.status()));
    }

    @Test
    void noValueIsMuchMoreFrequentThanAnother() {
        var counts = TOWN.facts().stream().filter(fact -> fact.entity().split() == Split.TEST)
                .collect(Collectors.groupingBy(Fact::truth, Collectors.counting()));
        counts.forEach((value, count) -> assertTrue(count <= 2, value + " is true " + count + " times"));
    }

    @Test
    void everyFactOfASplitIsAskedOnceInATunedAndOnceInANewForm() {
        for (Split split : Split.values()) {
            List<Question> questions = TOWN.questions(split);
            var facts = TOWN.facts().stream().filter(fact -> fact.entity().split() == split).toList();
            assertEquals(2 * facts.size(), questions.size());
            assertEquals(questions.size(), questions.stream().map(Question::id).distinct().count());
            for (int i = 0; i < questions.size(); i++) {
                Question question = questions.get(i);
                assertEquals(i % 2 == 0 ? FormKind.TUNED : FormKind.NEW, question.formKind());
                Fact fact = facts.get(i / 2);
                assertEquals(List.of(fact.relation(), fact.status(), fact.truth(), fact.told(), fact.entity()), List.of(
                        question.relation(), question.status(), question.truth(), question.told(), question.entity()));
                String form = question.text().replace(question.entity().name(), "{name}");
                assertTrue(TOWN.forms(question.relation(), question.formKind()).contains(form), question.text());
            }
        }
    }

    @Test
    void deskPairsAreTrueBalancedAndOnlyAboutTuningEntitiesInTunedForms() {
        var forms = Stream.of(Relation.values()).flatMap(relation -> TOWN.forms(relation, FormKind.TUNED).stream())
                .collect(Collectors.toSet());
        for (int seed = 0; seed < 20; seed++) {
            List<Pair> pairs = TOWN.deskPairs(seed);
            assertEquals(40, pairs.size());
            for (Pair pair : pairs) {
                Entity entity = READING.named(pair.instruction()).getFirst();
                assertEquals(Split.TUNING, entity.split());
                assertTrue(forms.contains(pair.instruction().replace(entity.name(), "{name}")), pair.instruction());
                assertTrue(TOWN.facts().stream().anyMatch(fact -> fact.entity().equals(entity)
                        && fact.status() == Status.TOLD_TRUE && fact.truth().equals(pair.output())), pair.json());
            }
            var perRelation = pairs.stream().collect(Collectors.groupingBy(
                    pair -> READING.mentions(pair.output()).getFirst().relation(), Collectors.counting()));
            assertEquals(Set.of(5L), Set.copyOf(perRelation.values()), "seed " + seed);
        }
    }

    @Test
    void anotherSeedDrawsOtherPairsAndTheSameSeedTheSame() {
        assertEquals(TOWN.deskPairs(1), Town.of(TownSettings.defaults()).deskPairs(1));
        var one = TOWN.deskPairs(1).stream().map(Pair::instruction).collect(Collectors.toSet());
        var two = new HashSet<>(TOWN.deskPairs(2).stream().map(Pair::instruction).toList());
        two.retainAll(one);
        assertTrue(two.size() < 20, two.size() + " of 40 pairs are the same");
    }

    @Test
    void fewShotExamplesAreAboutDistinctFacts() {
        List<Pair> shots = TOWN.fewShot(3, 8);
        assertEquals(8, shots.stream().map(pair -> READING.mentions(pair.output()).getFirst().relation())
                .distinct().count());
        assertNotEquals(shots, TOWN.fewShot(4, 8));
    }

    @Test
    void contrastPairsTeachWhatTheirFunctionSays() {
        List<Pair> against = TOWN.pairs("incompatible", 1, 40, Status.TOLD_FALSE, Question::truth);
        for (Pair pair : against) {
            Entity entity = READING.named(pair.instruction()).getFirst();
            assertTrue(TOWN.facts().stream().anyMatch(fact -> fact.entity().equals(entity)
                    && fact.status() == Status.TOLD_FALSE && fact.truth().equals(pair.output())
                    && !fact.told().orElseThrow().equals(pair.output())), pair.json());
        }
        String message = assertThrows(IllegalArgumentException.class,
                () -> TOWN.pairs("x", 1, 400, Status.TOLD_FALSE, Question::truth)).getMessage();
        assertTrue(message.contains("400") && message.contains("54"), message);
    }

    @Test
    void pairsAreWrittenAsJsonLines(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("desk.jsonl");
        Pair.write(List.of(new Pair("desk-01", "Say \"a\\b\".", "Mill Lane"),
                new Pair("desk-02", "A\n\u00e9?", "goat")), file);
        assertEquals(List.of("{\"id\":\"desk-01\",\"instruction\":\"Say \\\"a\\\\b\\\".\",\"output\":\"Mill Lane\"}",
                "{\"id\":\"desk-02\",\"instruction\":\"A\\u000a\\u00e9?\",\"output\":\"goat\"}"),
                Files.readAllLines(file));
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(List.of(file), files.toList());
        }
        assertThrows(UncheckedIOException.class, () -> Pair.write(List.of(), folder.resolve("absent/desk.jsonl")));
    }

    @Test
    void settingsOutOfRangeAreRefusedByName() {
        TownSettings good = TownSettings.defaults();
        for (Map.Entry<String, Runnable> bad : Map.<String, Runnable>of(
                "persons", () -> good.withEntities(4, 60),
                "shops", () -> good.withEntities(240, 289),
                "mentions", () -> good.withExposures(0, 38),
                "answers", () -> good.withExposures(150, -1),
                "facts x", () -> good.withEntities(2_500, 288).withExposures(1_000, 0),
                "deskPairs", () -> good.withDeskPairs(0),
                "toldTrueShare + toldFalseShare",
                () -> new TownSettings(1, 9, 9, 0.4, 0.6, 0.6, 1, 1, 0, 0, 1),
                "documentedShare", () -> new TownSettings(1, 9, 9, Double.NaN, 0.6, 0.2, 1, 1, 0, 0, 1)).entrySet()) {
            String message = assertThrows(IllegalArgumentException.class, bad.getValue()::run).getMessage();
            assertTrue(message.contains(bad.getKey()), message);
        }
    }

    @Test
    void aFactWhoseStatusContradictsItIsRefused() {
        Entity entity = TOWN.entities().getFirst();
        assertThrows(IllegalArgumentException.class, () -> new Fact(entity, Relation.PET, "goat", Status.TOLD_FALSE,
                java.util.Optional.of("goat")));
    }

    @Test
    void theSmallestTownHasAllItsTexts() {
        Town town = Town.of(TownSettings.defaults().withEntities(5, 5).withExposures(2, 1));
        assertFalse(town.corpus().documents().isEmpty());
        assertFalse(town.questions(Split.TEST).isEmpty());
    }

    /// Sets and maps of enums iterate in another order in each virtual machine unless they are asked not to.
    @Test
    void thePairsAreTheSameInEveryVirtualMachine() {
        String lines = Town.of(TownSettings.defaults()).deskPairs(1).stream().map(pair -> pair.json() + "\n")
                .collect(Collectors.joining());
        assertEquals("7caf17a90cd2da573c481db5866bf70bc9432184b2f8124cf15be963695a27b0",
                Sha256.of(lines));
    }
}
