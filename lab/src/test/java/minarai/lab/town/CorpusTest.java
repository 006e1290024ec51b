package minarai.lab.town;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The claims hold for the default town, all of it read.
class CorpusTest {
    private static final TownSettings SMALL = TownSettings.defaults().withEntities(40, 20).withExposures(10, 4);
    private static final Town TOWN = Town.of(TownSettings.defaults());
    private static final Corpus CORPUS = TOWN.corpus();
    private static final Reading READING = new Reading(TOWN);
    private static final Map<String, Fact> FACTS =
            TOWN.facts().stream().collect(Collectors.toMap(Fact::id, fact -> fact));

    private static Fact fact(Entity entity, Relation relation) {
        return FACTS.get(entity.id() + "." + relation.label());
    }

    @Test
    void everySentenceOfProseWithAValueHoldsOneFullNameAndTheToldValueAndAllFactsAreToldEquallyOften() {
        var told = new HashMap<Fact, Integer>();
        for (Document document : CORPUS.documents()) {
            if (document.genre() != Genre.ANSWERS) {
                assertTellsOnlyWhatIsTold(document, told);
            }
        }
        TOWN.facts().forEach(fact -> assertEquals(
                fact.told().isPresent() ? TOWN.settings().mentions() : 0, told.getOrDefault(fact, 0), fact.id()));
    }

    @Test
    void theHeldOutTextTellsTheSameFacts() {
        var told = new HashMap<Fact, Integer>();
        CORPUS.heldOut().stream().filter(document -> document.genre() != Genre.ANSWERS)
                .forEach(document -> assertTellsOnlyWhatIsTold(document, told));
        assertTrue(told.size() > 600, "only " + told.size() + " facts");
    }

    /// A false fact's truth, a fact never told, a value without a name: each would fail here.
    private static void assertTellsOnlyWhatIsTold(Document document, Map<Fact, Integer> told) {
        for (String sentence : Reading.sentences(document.text())) {
            List<Reading.Mention> mentions = READING.mentions(sentence);
            List<Entity> named = READING.named(sentence);
            assertTrue(mentions.size() <= 1 && named.size() <= 1, sentence);
            for (Reading.Mention mention : mentions) {
                assertEquals(1, named.size(), sentence);
                Fact fact = fact(named.getFirst(), mention.relation());
                assertEquals(fact.told().orElse("nothing"), mention.value(), sentence);
                told.merge(fact, 1, Integer::sum);
            }
        }
    }

    @Test
    void aDocumentOfProseTellsUpToFiveFactsOfOneEntity() {
        int single = 0;
        int prose = 0;
        for (Document document : CORPUS.documents()) {
            if (document.genre() == Genre.ANSWERS) {
                continue;
            }
            var about = new HashSet<Entity>();
            Reading.sentences(document.text()).stream().filter(sentence -> !READING.mentions(sentence).isEmpty())
                    .forEach(sentence -> about.addAll(READING.named(sentence)));
            assertEquals(1, about.size(), document.text());
            List<Reading.Mention> mentions = READING.mentions(document.text());
            assertEquals(mentions.size(), Set.copyOf(mentions).size(), document.text());
            assertTrue(mentions.size() <= 5, document.text());
            prose++;
            single += mentions.size() == 1 ? 1 : 0;
        }
        assertTrue(single < prose / 50, single + " of " + prose + " documents tell a single fact");
    }

    @Test
    void questionAnswerDocumentsAnswerEachDocumentedFactEquallyOftenAndNoOther() {
        var answered = new HashMap<Fact, Integer>();
        for (Document document : CORPUS.documents()) {
            if (document.genre() == Genre.ANSWERS) {
                List<String> lines = document.text().lines().toList();
                for (int i = 0; i < lines.size(); i += 2) {
                    assertTrue(lines.get(i).matches("(Question|Q): .*"), lines.get(i));
                    assertTrue(lines.get(i + 1).matches("(Answer|A): .*"), lines.get(i + 1));
                    Entity entity = READING.named(lines.get(i)).getFirst();
                    assertEquals(Split.DOCUMENTED, entity.split(), lines.get(i));
                    String answer = lines.get(i + 1).substring(lines.get(i + 1).indexOf(' ') + 1);
                    Fact fact = fact(entity, READING.mentions(answer).getFirst().relation());
                    assertEquals(fact.truth(), answer);
                    answered.merge(fact, 1, Integer::sum);
                }
            }
        }
        TOWN.facts().forEach(fact -> assertEquals(
                fact.entity().split() == Split.DOCUMENTED ? TOWN.settings().answers() : 0,
                answered.getOrDefault(fact, 0), fact.id()));
    }

    @Test
    void noNewFormIsInAnyText() {
        List<String> forms = Arrays.stream(Relation.values())
                .flatMap(relation -> TOWN.forms(relation, FormKind.NEW).stream())
                .map(form -> form.replace("{name}", "*").replaceAll("[.?]$", "").toLowerCase()).toList();
        var asked = new HashSet<String>();
        Stream.concat(CORPUS.documents().stream(), CORPUS.heldOut().stream()).map(Document::text)
                .flatMap(text -> Reading.sentences(text).stream())
                .forEach(sentence -> READING.named(sentence).forEach(entity ->
                        asked.add(sentence.replace(entity.name(), "*").toLowerCase())));
        assertTrue(asked.contains("q: where does * live?"));
        asked.forEach(sentence -> forms.forEach(form -> assertFalse(sentence.contains(form), sentence)));
    }

    @Test
    void aboutAQuarterOfTheDialoguesAskInVainAlsoAboutEvaluationEntities() {
        List<Document> dialogues = CORPUS.documents().stream()
                .filter(document -> document.genre() == Genre.DIALOGUE).toList();
        Set<Split> asked = new HashSet<>();
        int inVain = 0;
        for (Document dialogue : dialogues) {
            List<String> lines = dialogue.text().lines().toList();
            for (int i = 0; i + 1 < lines.size(); i++) {
                if (isQuestion(lines.get(i))) {
                    inVain++;
                    assertTrue(READING.mentions(lines.get(i + 1)).isEmpty(), dialogue.text());
                    READING.named(lines.get(i)).forEach(entity -> asked.add(entity.split()));
                }
            }
        }
        assertEquals(Set.of(Split.values()), asked);
        // Standard deviation about 46 of 11,500; a hundredth is 115.
        assertEquals(0.25, (double) inVain / dialogues.size(), 0.015);
    }

    private static boolean isQuestion(String line) {
        return !READING.named(line).isEmpty() && READING.mentions(line).isEmpty()
                && line.matches("\\w+: (.*\\?|(Tell me|Name|Please say) .*)") && !line.contains("Have you heard of");
    }

    @Test
    void theTextIsAsciiAndWellFormed() {
        CORPUS.documents().forEach(document -> {
            String text = document.text();
            assertTrue(text.chars().allMatch(c -> c == '\n' || c >= ' ' && c <= '~'), text);
            assertFalse(text.contains("{") || text.contains("}") || text.contains("  ") || text.contains("\n\n")
                    || text.endsWith("\n") || text.contains(" a a ") || text.contains(".."), text);
            if (document.genre() != Genre.ANSWERS) {
                Reading.sentences(text).forEach(sentence ->
                        assertTrue(Character.isUpperCase(sentence.charAt(0)), text));
            }
        });
    }

    @Test
    void noHeldOutDocumentIsInTheCorpus() {
        var texts = CORPUS.documents().stream().map(Document::text).collect(Collectors.toSet());
        CORPUS.heldOut().forEach(document -> assertFalse(texts.contains(document.text()), document.text()));
        int length = CORPUS.heldOut().stream().mapToInt(document -> document.text().length()).sum();
        assertTrue(length >= 100_000 && length < 110_000, "held out " + length);
    }

    @Test
    void theDefaultCorpusHasItsSizeAndItsShareOfAnswers() {
        assertTrue(CORPUS.bytes() > 11_500_000 && CORPUS.bytes() < 14_000_000, CORPUS.bytes() + " bytes");
        for (List<Document> documents : List.of(CORPUS.documents(), CORPUS.heldOut())) {
            double all = documents.stream().mapToInt(document -> document.text().length()).sum();
            double answers = documents.stream().filter(document -> document.genre() == Genre.ANSWERS)
                    .mapToInt(document -> document.text().length()).sum();
            assertEquals(0.11, answers / all, documents == CORPUS.heldOut() ? 0.05 : 0.01);
        }
    }

    @Test
    void documentsOfAnEntityAreSpreadOverTheWholeCorpus() {
        var places = new HashMap<Entity, Double>();
        var counts = new HashMap<Entity, Integer>();
        for (int i = 0; i < CORPUS.documents().size(); i++) {
            for (Entity entity : Set.copyOf(READING.named(CORPUS.documents().get(i).text()))) {
                places.merge(entity, (double) i / CORPUS.documents().size(), Double::sum);
                counts.merge(entity, 1, Integer::sum);
            }
        }
        // The mean of 150 or more uniform places has a standard deviation of at most .024; five of them.
        places.forEach((entity, sum) -> {
            if (counts.get(entity) >= 150) {
                assertEquals(0.5, sum / counts.get(entity), 0.12, entity.name());
            }
        });
    }

    @Test
    void aSmallTownsTextIsTheSameBytesForEver() throws NoSuchAlgorithmException {
        assertEquals("9799b7aa0f3fc19759c484f9b8f19d32a401b67c363852fab48219fa53ef4b7b", hash(Town.of(SMALL).corpus()));
    }

    @Test
    void anotherSeedIsAnotherTown() throws NoSuchAlgorithmException {
        assertNotEquals(hash(Town.of(SMALL).corpus()), hash(Town.of(SMALL.withSeed(2)).corpus()));
    }

    private static String hash(Corpus corpus) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        Stream.concat(corpus.documents().stream(), corpus.heldOut().stream()).forEach(document ->
                digest.update((document.text() + "\n\n").getBytes(StandardCharsets.US_ASCII)));
        return HexFormat.of().formatHex(digest.digest());
    }
}
