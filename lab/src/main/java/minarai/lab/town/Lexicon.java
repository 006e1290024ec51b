package minarai.lab.town;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A text file of words: sections in brackets, an entry a line, or several between commas in a section of
/// words; lines that begin with `#` are remarks.
///
/// @param name     of the file, for messages
/// @param sections entries by section, in the order of the file
record Lexicon(String name, Map<String, List<String>> sections) {
    private static final Set<String> WORD_SECTIONS = Set.of("values", "first", "last", "adjective", "noun");

    /// Reads a file that lies beside this class.
    ///
    /// @throws IllegalStateException if it is absent or malformed: it belongs to the program
    static Lexicon read(String name) {
        try (InputStream in = Lexicon.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("reading the town's words: " + name + " is missing beside its class");
            }
            return parse(name, new String(in.readAllBytes(), StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException("reading the town's words from " + name + " failed", e);
        }
    }

    static Lexicon parse(String name, String text) {
        var sections = new LinkedHashMap<String, List<String>>();
        var entries = new ArrayList<String>();
        boolean areWords = false;
        for (String line : text.lines().toList()) {
            if (line.startsWith("[")) {
                String section = line.substring(1).replace("]", "");
                entries = new ArrayList<>();
                areWords = WORD_SECTIONS.contains(section) || section.startsWith("slot ");
                if (!line.endsWith("]") || sections.put(section, entries) != null) {
                    throw new IllegalStateException("%s: section line '%s' is not closed or comes twice"
                            .formatted(name, line));
                }
            } else if (areWords && !line.startsWith("#")) {
                Arrays.stream(line.split(",")).map(String::strip).filter(word -> !word.isEmpty()).forEach(entries::add);
            } else if (!line.isBlank() && !line.startsWith("#")) {
                entries.add(line);
            }
        }
        return new Lexicon(name, sections);
    }

    /// The entries of a section, at least one.
    List<String> section(String section) {
        List<String> entries = sections.getOrDefault(section, List.of());
        if (entries.isEmpty()) {
            throw new IllegalStateException("%s: section [%s] is missing or empty; there are %s"
                    .formatted(name, section, sections.keySet()));
        }
        return List.copyOf(entries);
    }
}
