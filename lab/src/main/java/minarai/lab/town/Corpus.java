package minarai.lab.town;

import java.util.List;

/// The texts of a town.
///
/// @param documents for pretraining, in random order
/// @param heldOut   other documents of the same facts and genres, none of which is among `documents`
public record Corpus(List<Document> documents, List<Document> heldOut) {
    /// Copies the lists.
    public Corpus {
        documents = List.copyOf(documents);
        heldOut = List.copyOf(heldOut);
    }

    /// Bytes of all documents for pretraining; the text is ASCII, a byte a character.
    public long bytes() {
        return documents.stream().mapToLong(document -> document.text().length()).sum();
    }
}
