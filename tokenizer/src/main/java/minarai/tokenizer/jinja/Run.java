package minarai.tokenizer.jinja;

/// A stretch of a [Text] with one provenance.
///
/// @param start      first UTF-16 unit
/// @param end        one past the last
/// @param source     0 for the template, otherwise the number under which the characters were handed in
/// @param generation 0 outside `{% generation %}`, otherwise which block of the rendering wrote it, from 1
public record Run(int start, int end, int source, int generation) {

    boolean isPlain() {
        return source == 0 && generation == 0;
    }

    boolean continues(Run before) {
        return before.end == start && before.source == source && before.generation == generation;
    }
}
