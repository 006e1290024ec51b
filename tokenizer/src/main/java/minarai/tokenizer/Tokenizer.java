package minarai.tokenizer;

import java.util.OptionalInt;
import java.util.function.IntPredicate;

/// Text to token ids and back.
///
/// Encoding never adds tokens of its own accord: beginning- and end-of-text tokens come from a chat template or from
/// the caller. Decoding leaves special tokens out.
public interface Tokenizer {

    /// The number of ids, which run from 0 to this number minus one; added tokens are included.
    int vocabularySize();

    /// Encodes text in which a special token, spelled out, is a special token only where `specialAt` says so of
    /// the index (in UTF-16 units) of its first character; everywhere else it stays plain text.
    Encoding encode(String text, IntPredicate specialAt);

    /// Encodes text as plain text: `</s>` or `<|im_start|>` written by a user stay what the user wrote.
    default Encoding encode(String text) {
        return encode(text, index -> false);
    }

    /// Ids to text, without special tokens. Bytes that are not UTF-8 become U+FFFD.
    String decode(int... ids);

    /// A decoder that takes one id at a time and never cuts a character.
    StreamingDecoder streamingDecoder();

    /// The token as the vocabulary spells it, e.g. `Ġthe` or `▁the`.
    ///
    /// @throws IllegalArgumentException if the id is outside the vocabulary
    String piece(int id);

    /// The id of a token as the vocabulary spells it, special tokens included.
    OptionalInt idOf(String piece);

    /// Whether decoding leaves this id out.
    boolean isSpecial(int id);
}
