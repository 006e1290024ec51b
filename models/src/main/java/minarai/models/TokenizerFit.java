package minarai.models;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelFolder;
import minarai.tokenizer.Tokenizer;

/// Whether a tokenizer is the one that a model was pretrained with, as far as the folder tells.
final class TokenizerFit {

    /// Blanks, digits, accents, Japanese, an emoji of two characters, code: what pre-tokenizers and merges disagree on.
    private static final String PROBE = "Hello, world!  It's 2026\u2019s naïve café\tif (x >= 1024) {\n"
            + "東京は日本の首都です。 パンを買う ﾊﾟﾝ 👩\u200d🍳 Ünïcödé";

    private TokenizerFit() {
    }

    /// What does not fit, in sentences without a stop.
    static List<String> faults(ModelFolder folder, Tokenizer tokenizer) {
        ModelConfig config = folder.config();
        var faults = new ArrayList<String>();
        if (tokenizer.vocabularySize() > config.vocabularySize()) {
            faults.add("the tokenizer has %d tokens, the embedding only %d".formatted(tokenizer.vocabularySize(),
                    config.vocabularySize()));
        }
        config.bosId().ifPresent(id -> special(tokenizer, "bos_token_id", id).ifPresent(faults::add));
        config.eosIds().forEach(id -> special(tokenizer, "eos_token_id", id).ifPresent(faults::add));
        var named = folder.specialTokens();
        id(tokenizer, named.bos()).ifPresent(id -> {
            if (config.bosId().orElse(id) != id) {
                faults.add("tokenizer_config.json says bos_token %s, which is token %d, but config.json says "
                        .formatted(named.bos().orElse(""), id) + "bos_token_id " + config.bosId().orElse(id));
            }
        });
        id(tokenizer, named.eos()).ifPresent(id -> {
            if (!config.eosIds().isEmpty() && !config.eosIds().contains(id)) {
                faults.add("tokenizer_config.json says eos_token %s, which is token %d, but the configuration says "
                        .formatted(named.eos().orElse(""), id) + "eos_token_id " + config.eosIds());
            }
        });
        return faults;
    }

    private static OptionalInt id(Tokenizer tokenizer, Optional<String> piece) {
        return piece.map(tokenizer::idOf).orElse(OptionalInt.empty());
    }

    private static Optional<String> special(Tokenizer tokenizer, String key, int id) {
        if (id >= tokenizer.vocabularySize()) {
            return Optional.of("%s is %d, but the tokenizer has only %d tokens".formatted(key, id,
                    tokenizer.vocabularySize()));
        }
        return tokenizer.isSpecial(id) ? Optional.empty()
                : Optional.of("%s is %d, which is the ordinary token '%s' in the tokenizer".formatted(key, id,
                piece(tokenizer, id)));
    }

    /// Empty where the vocabulary has a hole or the id is outside.
    static String piece(Tokenizer tokenizer, int id) {
        try {
            return tokenizer.piece(id);
        } catch (IllegalArgumentException hole) {
            return "";
        }
    }

    /// SHA-256 over what a tokenizer does, in hexadecimal, however its files are written: the number of tokens (u32,
    /// big-endian); for each the length in bytes (u32) of its piece, 0 for a hole, the piece in UTF-8, and 1 if it is
    /// special, else 0; then the ids (u32 each) of a fixed text in several scripts.
    static String sha256(Tokenizer tokenizer) {
        MessageDigest digest = digest();
        digest.update(number(tokenizer.vocabularySize()));
        for (int id = 0; id < tokenizer.vocabularySize(); id++) {
            byte[] piece = piece(tokenizer, id).getBytes(StandardCharsets.UTF_8);
            digest.update(number(piece.length));
            digest.update(piece);
            digest.update((byte) (tokenizer.isSpecial(id) ? 1 : 0));
        }
        for (int id : tokenizer.encode(PROBE).ids()) {
            digest.update(number(id));
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static ByteBuffer number(int number) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(number).flip();
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException absent) {
            throw new IllegalStateException("every Java platform has SHA-256", absent);
        }
    }
}
