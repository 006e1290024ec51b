package minarai.lab.town;

/// A document of the corpus. Its text has no blank line and no line break at its end.
public record Document(Genre genre, String text) {
}
