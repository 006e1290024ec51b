package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

/// Flipped bits, cuts, absurd lengths and exchanged parts, in every format: an error that names the file, or a
/// tokenizer that works. 500 files a format; `-Dminarai.fuzz=10000` for more.
class HostileFilesTest {

    private static final int CASES = Integer.getInteger("minarai.fuzz", 500);
    private static final Duration LONGEST = Duration.ofSeconds(20);

    @TempDir
    private Path folder;

    /// Writes bytes where a tokenizer is then looked for.
    private interface Place {
        Path put(byte[] bytes) throws IOException;
    }

    @Test
    void tokenizerJson() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        SmallTokenizers.JSON.forEach(json -> seeds.add(json.getBytes(StandardCharsets.UTF_8)));
        TokenizerFile.write(BytePairTrainerTest.trained(300), folder.resolve("trained.json"));
        seeds.add(Files.readAllBytes(folder.resolve("trained.json")));
        attack(1, seeds, bytes -> Files.write(folder.resolve("tokenizer.json"), bytes));
    }

    @Test
    void sentencePieceModels() {
        byte[] mapped = new ProtobufBytes().message(3, new ProtobufBytes().text(1, "map")
                .message(2, SmallTokenizers.characterMap()).integer(3, 1).integer(4, 1).integer(5, 1).toArray())
                        .toArray();
        byte[] withMap = Arrays.copyOf(ProtobufBytes.model(1), ProtobufBytes.model(1).length + mapped.length);
        System.arraycopy(mapped, 0, withMap, withMap.length - mapped.length, mapped.length);
        attack(2, List.of(ProtobufBytes.model(1), ProtobufBytes.model(2), withMap),
                bytes -> Files.write(folder.resolve("tokenizer.model"), bytes));
    }

    @Test
    void rankFiles() {
        StringBuilder ranks = new StringBuilder();
        for (int b = 0; b < 256; b++) {
            ranks.append(Base64.getEncoder().encodeToString(new byte[] {(byte) b})).append(' ').append(b).append('\n');
        }
        ranks.append("YWI= 256\nYWJj 257\n");
        attack(3, List.of(ranks.toString().getBytes(StandardCharsets.UTF_8)),
                bytes -> Files.write(folder.resolve("cl100k_base.tiktoken"), bytes));
    }

    @Test
    void vocabulariesWithMerges() throws IOException {
        Path files = Files.createDirectory(folder.resolve("gpt2"));
        String vocabulary = "{\"a\": 0, \"b\": 1, \"ab\": 2, \"<|endoftext|>\": 3}";
        String merges = "#version: 0.2\na b\n";
        attack(4, List.of((vocabulary + "\f" + merges).getBytes(StandardCharsets.UTF_8)), bytes -> {
            int cut = IntStream.range(0, bytes.length).filter(i -> bytes[i] == '\f').findFirst().orElse(bytes.length);
            Files.write(files.resolve("encoder.json"), Arrays.copyOf(bytes, cut));
            Files.write(files.resolve("vocab.bpe"), Arrays.copyOfRange(bytes, Math.min(bytes.length, cut + 1),
                    bytes.length));
            return files;
        });
    }

    private void attack(long seed, List<byte[]> seeds, Place place) {
        Random random = new Random(seed);
        int opened = 0;
        for (int i = 0; i < CASES; i++) {
            byte[] bytes = broken(seeds.get(i % seeds.size()), random);
            int number = i;
            opened += assertTimeoutPreemptively(LONGEST, () -> isOpened(place.put(bytes)),
                    () -> "seed " + seed + ", case " + number) ? 1 : 0;
        }
        assertTrue(opened > 0 && opened < CASES, opened + " of " + CASES + " broken files were opened");
    }

    private static boolean isOpened(Path path) {
        try {
            use(Tokenizers.of(path));
            return true;
        } catch (IllegalArgumentException | UncheckedIOException e) {
            String sentence = String.valueOf(e.getMessage());
            assertTrue(sentence.contains(path.toString()), sentence);
            return false;
        }
    }

    /// A tokenizer that could be opened works, or says why it cannot.
    private static void use(Tokenizer tokenizer) {
        Random random = new Random(3);
        for (String text : new String[] {"ab the <sep>猫ﬁ 12!", "", "a".repeat(3000), RandomText.of(random)}) {
            Encoding encoding = tokenizer.encode(text, at -> true);
            assertTrue(encoding.length() <= 64 * text.length() + 64);
            tokenizer.decode(encoding.ids());
        }
        tokenizer.decode(random.ints(50, -5, Math.max(1, tokenizer.vocabularySize()) + 5).toArray());
    }

    private static byte[] broken(byte[] whole, Random random) {
        byte[] bytes = whole.clone();
        for (int times = random.nextInt(4); times >= 0; times--) {
            int at = bytes.length == 0 ? 0 : random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes = Arrays.copyOf(bytes, at);
                case 1 -> bytes = replaced(bytes, at, Math.min(bytes.length, at + random.nextInt(20)), new byte[0]);
                case 2 -> bytes = replaced(bytes, at, at, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, -1, 1});
                case 3 -> bytes = replaced(bytes, at, at,
                        Arrays.copyOfRange(whole, at / 2, at / 2 + random.nextInt(40)));
                case 4 -> bytes = replaced(bytes, at, Math.min(bytes.length, at + 1),
                        Integer.toString(random.nextInt(3) - 1 + random.nextInt(2) * Integer.MAX_VALUE).getBytes(
                                StandardCharsets.UTF_8));
                default -> {
                    for (int i = 0; i < 3 && bytes.length > 0; i++) {
                        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                    }
                }
            }
        }
        return bytes;
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
        byte[] result = new byte[bytes.length - (to - from) + by.length];
        System.arraycopy(bytes, 0, result, 0, from);
        System.arraycopy(by, 0, result, from, by.length);
        System.arraycopy(bytes, to, result, from + by.length, bytes.length - to);
        return result;
    }

    @Test
    void aPieceLongerThanAnyVocabularyNeedsIsRefusedInEveryFormat() throws IOException {
        for (int length : new int[] {Vocabulary.LONGEST_PIECE, Vocabulary.LONGEST_PIECE + 1}) {
            boolean isRead = length == Vocabulary.LONGEST_PIECE;
            String piece = "a".repeat(length);
            assertEquals(isRead, isOpened(json("", "[\"" + piece + "\", -7]", "null", "null")));
            assertEquals(isRead, isOpened(Files.writeString(folder.resolve("words.json"), """
                    {"added_tokens": [], "model": {"type": "WordPiece", "unk_token": "?", "vocab": {"?": 0, "%s": 1}}}
                    """.formatted(piece))));
            assertEquals(isRead, isOpened(json(added(7, piece, ""), "[\"a\", -7]", "null", "null")));
            byte[] model = ProtobufBytes.model(1);
            byte[] more = new ProtobufBytes().piece(piece, -1, 1).toArray();
            assertEquals(isRead, isOpened(Files.write(folder.resolve("small.model"),
                    replaced(model, model.length, model.length, more))));
            var ggml = new GgufVocabulary("gpt2", Optional.of("gpt-2"), List.of("a", piece), new float[0], new int[0],
                    List.of(), GgufVocabulary.Settings.NONE);
            assertEquals(isRead, isMade(ggml::tokenizer));
        }
    }

    private static boolean isMade(Runnable work) {
        try {
            work.run();
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Test
    void trainingMakesNoPieceThatNoFileMayHave() {
        PipelineTokenizer trained = new BytePairTrainer(300, List.of()).train(List.of("a".repeat(1 << 14)));
        int longest = IntStream.range(0, trained.vocabularySize()).map(id -> trained.piece(id).length()).max()
                .orElseThrow();
        assertEquals(Vocabulary.LONGEST_PIECE, longest);
    }

    @Test
    void whiteSpaceBesideAddedTokensIsReadOnce() throws IOException {
        String text = "\n".repeat(200_000);
        PipelineTokenizer takesLeft = Tokenizers.of(json(added(7, "\\n", "\"lstrip\": true"), "[\"a\", -7]", "null",
                "null"));
        assertTimeoutPreemptively(LONGEST, () -> assertEquals(text.length(), takesLeft.encode(text).length()));
        PipelineTokenizer takesRight = Tokenizers.of(json(added(7, "\\n", "\"rstrip\": true"), "[\"a\", -7]", "null",
                "null"));
        assertEquals(3, takesRight.encode("\n\n\n").length());
        assertTrue(assertTimeoutPreemptively(LONGEST, () -> assertThrows(IllegalArgumentException.class,
                () -> takesRight.encode(text))).getMessage().contains("over and over"));
    }

    @Test
    void aTokenInsideTheWhiteSpaceThatAnotherTookTakesNoneOfItAgain() throws IOException {
        PipelineTokenizer tokenizer = Tokenizers.of(json(added(7, "T", "\"rstrip\": true") + ", "
                + added(8, " ", "\"lstrip\": true"), "[\"a\", -7]", "null", "null"));
        Encoding encoding = tokenizer.encode("T  a");
        assertArrayEquals(new int[] {7, 8, 8, 1}, encoding.ids());
        assertArrayEquals(new int[] {0, 1, 2, 3}, encoding.starts());
        assertArrayEquals(new int[] {3, 2, 3, 4}, encoding.ends());
    }

    @Test
    void textThatStepsMakeLongerAndLongerIsRefused() throws IOException {
        String steps = "{\"type\": \"Replace\", \"pattern\": {\"String\": \"a\"}, \"content\": \"%s\"}"
                .formatted("a".repeat(100));
        String chain = String.join(", ", Collections.nCopies(6, steps));
        PipelineTokenizer normalizing = Tokenizers.of(json("", "[\"a\", -7]",
                "{\"type\": \"Sequence\", \"normalizers\": [" + chain + "]}", "null"));
        PipelineTokenizer decoding = Tokenizers.of(json("", "[\"a\", -7]", "null",
                "{\"type\": \"Sequence\", \"decoders\": [" + chain + "]}"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> normalizing.encode("a".repeat(100)))
                .getMessage().contains("normalizing makes a text longer than 10496 characters"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> decoding.decode(1)).getMessage()
                .contains("decoding makes 10000 characters of a piece of 100"));
        assertFalse(isOpened(json("", "[\"a\", -7]", "{\"type\": \"Sequence\", \"normalizers\": ["
                + String.join(", ", Collections.nCopies(300, "{\"type\": \"NFC\"}")) + "]}", "null")));
        assertFalse(isOpened(json(added(7, "a", "\"normalized\": true"), "[\"b\", -7]",
                "{\"type\": \"Sequence\", \"normalizers\": [" + chain + "]}", "null")));
    }

    private static String added(int id, String content, String more) {
        return "{\"id\": %d, \"content\": \"%s\"%s}".formatted(id, content, more.isEmpty() ? "" : ", " + more);
    }

    /// A unigram tokenizer with a piece `?`, which is the unknown one, and another piece.
    private Path json(String added, String piece, String normalizer, String decoder) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), """
                {"added_tokens": [%s], "normalizer": %s, "decoder": %s,
                 "model": {"type": "Unigram", "unk_id": 0, "vocab": [["?", 0], %s]}}
                """.formatted(added, normalizer, decoder, piece));
    }

    @Test
    void vocabulariesOfGgufFiles() {
        Random random = new Random(5);
        String[] models = {"llama", "t5", "gpt2", "bert"};
        SentencePieceProto proto = SentencePieceProto.read("small", ByteBuffer.wrap(ProtobufBytes.model(1)));
        for (int i = 0; i < CASES; i++) {
            List<String> tokens = new ArrayList<>(proto.pieces().stream().map(SentencePieceProto.Piece::text).toList());
            float[] scores = new float[tokens.size() - random.nextInt(2) * random.nextInt(2)];
            int[] types = new int[tokens.size() - random.nextInt(2) * random.nextInt(2)];
            for (int id = 0; id < types.length && id < scores.length; id++) {
                scores[id] = random.nextInt(2000) == 0 ? Float.NaN : -random.nextFloat() * 10;
                types[id] = random.nextInt(3000) == 0 ? random.nextInt() : proto.pieces().get(id).kind().ordinal() + 1;
            }
            if (random.nextInt(4) == 0) {
                tokens.set(random.nextInt(tokens.size()), random.nextBoolean() ? "" : RandomText.of(random));
            }
            byte[] map = random.nextBoolean() ? new byte[0] : broken(SmallTokenizers.characterMap(), random);
            var settings = new GgufVocabulary.Settings(OptionalInt.of(random.nextInt(600) - 5), OptionalInt.empty(),
                    random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(tokens.size())),
                    Optional.empty(), Optional.empty(), Optional.of(random.nextBoolean()),
                    Optional.of(random.nextBoolean()), map);
            var vocabulary = new GgufVocabulary(models[random.nextInt(4)], Optional.of("gpt-2"), tokens, scores, types,
                    List.of("a b", random.nextInt(9) == 0 ? "x" : "t h"), settings);
            assertTimeoutPreemptively(LONGEST, () -> {
                try {
                    use(vocabulary.tokenizer());
                } catch (IllegalArgumentException e) {
                    assertFalse(e.getMessage().isBlank());
                }
            });
        }
    }
}
