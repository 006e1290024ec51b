package minarai.train.data;

/// A line of a file, counted from 1, as errors and origins name it: `pairs.jsonl:17`.
public record Place(String file, int line) {

    /// What is wrong here, to be thrown.
    public IllegalArgumentException problem(String sentence) {
        return new IllegalArgumentException(this + ": " + sentence);
    }

    @Override
    public String toString() {
        return file + ":" + line;
    }
}
