package minarai.lab.town;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WordsTest {
    private static final Pattern SLOT =
            Pattern.compile("\\{(name|value|fact|question|answer|day|month|weather|time|helper)}");
    private static final String HOLDS_WORD = "(?i).*\\b(%s)\\b.*";

    @ParameterizedTest
    @EnumSource
    void aRelationHasTheWordingsThatTheDesignStates(Relation relation) {
        Phrases phrases = Phrases.of(relation);
        assertTrue(phrases.values().size() >= 20, relation.label());
        assertEquals(phrases.values().size(), Set.copyOf(phrases.values()).size());
        Lexicon words = Lexicon.read(relation.label() + ".txt");
        assertTrue(words.section("name first").size() >= 7);
        words.section("name first").forEach(form ->
                assertTrue(form.indexOf("{name}") >= 0 && form.indexOf("{name}") < form.indexOf("{value}"), form));
        words.section("value first").forEach(form ->
                assertTrue(form.indexOf("{value}") >= 0 && form.indexOf("{value}") < form.indexOf("{name}"), form));
        assertEquals(3, phrases.forms().get(FormKind.TUNED).size());
        assertTrue(phrases.forms().get(FormKind.FAMILIAR).size() >= 5);
        assertTrue(phrases.forms().get(FormKind.NEW).size() >= 2);
        List<String> forms = phrases.forms().values().stream().flatMap(List::stream).toList();
        assertEquals(forms.size(), new HashSet<>(forms).size());
        assertTrue(forms.stream().filter(form -> form.endsWith("?")).count() >= 10);
        assertTrue(forms.stream().filter(form -> form.endsWith(".")).count() >= 2);
        forms.forEach(form -> assertTrue(form.contains("{name}") && form.matches("[A-Z].*[.?]"), form));
    }

    @Test
    void noValueIsWordsOfAnotherOrOfAName() {
        var values = allValues();
        List<String> others = new ArrayList<>(values);
        Lexicon names = Lexicon.read("names.txt");
        Stream.of("first", "last", "adjective", "noun").forEach(section -> others.addAll(names.section(section)));
        for (String value : values) {
            assertEquals(List.of(value), others.stream()
                    .filter(other -> other.matches(HOLDS_WORD.formatted(value))).toList());
        }
        Set<String> valueWords = values.stream().flatMap(value -> Arrays.stream(value.toLowerCase().split(" ")))
                .collect(Collectors.toSet());
        others.subList(values.size(), others.size())
                .forEach(name -> assertFalse(valueWords.contains(name.toLowerCase()), name));
    }

    @Test
    void noWordingOrFillerHoldsAValue() {
        String value = HOLDS_WORD.formatted(String.join("|", allValues()));
        Lexicon.read("genres.txt").sections().values().forEach(entries ->
                entries.forEach(entry -> assertFalse(entry.matches(value), entry)));
        Phrases.all().values().forEach(phrases -> Stream.concat(phrases.prose().stream(),
                phrases.forms().values().stream().flatMap(List::stream))
                .forEach(entry -> assertFalse(entry.matches(value), entry)));
    }

    @Test
    void aValueThatTakesAnArticleBeginsWithAConsonant() {
        for (Relation relation : Relation.values()) {
            Phrases phrases = Phrases.of(relation);
            if (phrases.prose().stream().anyMatch(form -> form.matches(".*\\b[Aa] \\{value}.*"))) {
                phrases.values().forEach(value ->
                        assertTrue(value.matches("(?!hour|honest)[b-df-hj-np-tv-z].*"), value));
            }
        }
    }

    @Test
    void everyEntryIsPrintableAsciiAndSlotsAreKnown() {
        var files = new ArrayList<>(List.of("names.txt", "genres.txt"));
        Arrays.stream(Relation.values()).forEach(relation -> files.add(relation.label() + ".txt"));
        for (String file : files) {
            Lexicon.read(file).sections().forEach((section, entries) -> {
                assertFalse(entries.isEmpty(), file + " " + section);
                for (String entry : entries) {
                    assertTrue(entry.matches("[ -~]+") && !entry.contains("  "), file + ": " + entry);
                    String unslotted = SLOT.matcher(entry).replaceAll("");
                    assertFalse(unslotted.contains("{") || unslotted.contains("}"), entry);
                }
            });
        }
    }

    @Test
    void aMalformedFileOfWordsIsRefused() {
        assertThrows(IllegalStateException.class, () -> Lexicon.parse("x.txt", "[open\nword"));
        assertThrows(IllegalStateException.class, () -> Lexicon.parse("x.txt", "[a]\nw\n[a]\nw"));
        assertThrows(IllegalStateException.class, () -> Lexicon.parse("x.txt", "[a]\n\n").section("a"));
        assertThrows(IllegalStateException.class, () -> Lexicon.read("absent.txt"));
    }

    private static List<String> allValues() {
        return Phrases.all().values().stream().flatMap(phrases -> phrases.values().stream()).toList();
    }
}
