package minarai.tokenizer;

/// Decodes ids as they are generated. The pieces, put together, equal the decoding of all ids at once.
public interface StreamingDecoder {

    /// The text that has become certain with this id; empty while a character is still incomplete.
    String add(int id);

    /// What is left at the end: an incomplete character becomes U+FFFD.
    String finish();
}
