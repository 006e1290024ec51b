package minarai.models.format;

import java.util.List;
import java.util.OptionalInt;

/// The bounds that the sizes of all architectures keep, checked before anything is allocated by them.
final class ConfigLimits {

    static final int VOCABULARY = 1 << 22;
    static final int FEATURES = 1 << 20;
    static final int LAYERS = 1024;
    static final int POSITIONS = 1 << 27;

    private ConfigLimits() {
    }

    static void requireSize(String key, int value, int most) {
        require(value >= 1 && value <= most, "%s is %d; it must be from 1 to %d".formatted(key, value, most));
    }

    static void require(boolean isSound, String sentence) {
        if (!isSound) {
            throw new IllegalArgumentException(sentence);
        }
    }

    /// Begin and end tokens must be in the vocabulary.
    static void requireIds(OptionalInt bosId, List<Integer> eosIds, int vocabularySize) {
        for (int id : eosIds) {
            require(id >= 0 && id < vocabularySize, "eos_token_id %d is outside the vocabulary of %d"
                    .formatted(id, vocabularySize));
        }
        int bos = bosId.orElse(0);
        require(bos >= 0 && bos < vocabularySize, "bos_token_id %d is outside the vocabulary of %d"
                .formatted(bos, vocabularySize));
    }

    /// One tensor must fit into one array.
    static void requireMatrix(long rows, long columns) {
        require(rows * columns <= ArrayLimit.ELEMENTS, "a matrix of %d x %d is larger than one tensor can be (%d)"
                .formatted(rows, columns, ArrayLimit.ELEMENTS));
    }
}
