package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

class BytePairTrainerTest {

    static final List<String> TEXTS = List.of(
            "The baker bakes bread in the morning, and the bread is good.", "aaaa aaa aaaaaaaa aa banana banana",
            "パン屋は朝にパンを焼きます。パンはおいしいです。", "3 loaves cost 450 yen; 6 loaves cost 900 yen.",
            "She says: 'I'll take two.' They don't agree.", "😀😀 😀 naïve café naïve café");

    static PipelineTokenizer trained(int size) {
        return new BytePairTrainer(size, List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>")).train(TEXTS);
    }

    @Test
    void mergesAreThoseOfCountingEverythingAnewEachTime() {
        PipelineTokenizer tokenizer = trained(330);
        List<String> merged = new ArrayList<>();
        for (int id = 259; id < tokenizer.vocabularySize(); id++) {
            merged.add(tokenizer.piece(id));
        }
        assertEquals(naiveMerges(330 - 259), merged);
    }

    /// The definition: count all pairs of all words, take the most frequent, lowest ids first, and start over.
    private static List<String> naiveMerges(int count) {
        PipelineTokenizer bytes = trained(259);
        List<List<Integer>> words = new ArrayList<>();
        for (String text : TEXTS) {
            for (AlignedText word : bytes.parts().preTokenizer().split(AlignedText.of(text))) {
                words.add(new ArrayList<>(word.text().chars()
                        .map(c -> bytes.idOf(Character.toString(c)).orElseThrow()).boxed().toList()));
            }
        }
        Map<Integer, String> pieces = new HashMap<>();
        for (int id = 0; id < 259; id++) {
            pieces.put(id, bytes.piece(id));
        }
        List<String> merged = new ArrayList<>();
        while (merged.size() < count) {
            Map<Long, Integer> counts = new TreeMap<>();
            words.forEach(word -> {
                for (int i = 0; i + 1 < word.size(); i++) {
                    counts.merge((long) word.get(i) << 32 | word.get(i + 1), 1, Integer::sum);
                }
            });
            counts.keySet().removeIf(pair ->
                    pieces.containsValue(pieces.get((int) (pair >> 32)) + pieces.get((int) (long) pair)));
            int most = Collections.max(counts.values());
            if (most < 2) {
                break;
            }
            long best = counts.entrySet().stream().filter(entry -> entry.getValue() == most).findFirst().orElseThrow()
                    .getKey();
            int id = pieces.size();
            pieces.put(id, pieces.get((int) (best >> 32)) + pieces.get((int) best));
            merged.add(pieces.get(id));
            for (List<Integer> word : words) {
                for (int i = 0; i + 1 < word.size(); i++) {
                    if (word.get(i) == best >> 32 && word.get(i + 1) == (int) best) {
                        word.set(i, id);
                        word.remove(i + 1);
                    }
                }
            }
        }
        return merged;
    }

    @Test
    void theOrderOfTheTextsDoesNotMatter() {
        var backwards = new BytePairTrainer(320, List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>"))
                .train(TEXTS.reversed());
        PipelineTokenizer forwards = trained(320);
        for (int id = 0; id < forwards.vocabularySize(); id++) {
            assertEquals(forwards.piece(id), backwards.piece(id));
        }
    }

    @Test
    void whatIsWrittenReadsBackToTheSameIds(@TempDir Path folder) throws IOException {
        PipelineTokenizer tokenizer = trained(340);
        TokenizerFile.write(tokenizer, folder.resolve("tokenizer.json"));
        PipelineTokenizer read = Tokenizers.of(folder);
        assertEquals(tokenizer.vocabularySize(), read.vocabularySize());
        Random random = new Random(7);
        for (int i = 0; i < 300; i++) {
            String text = RandomText.of(random) + "<|im_end|>" + RandomText.of(random);
            assertArrayEquals(tokenizer.encode(text, at -> true).ids(), read.encode(text, at -> true).ids());
            assertArrayEquals(tokenizer.encode(text).ids(), read.encode(text).ids());
        }
        TokenizerFile.write(read, folder.resolve("again.json"));
        assertEquals(-1, Files.mismatch(folder.resolve("tokenizer.json"), folder.resolve("again.json")));
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count(), "nothing half-written is left");
        }
    }

    @Test
    void realTokenizersAreWrittenAndReadBack(@TempDir Path folder) {
        PipelineTokenizer qwen = Tokenizers.of(SharedData.at("tokenizers/qwen2.5"));
        TokenizerFile.write(qwen, folder.resolve("tokenizer.json"));
        PipelineTokenizer read = Tokenizers.of(folder);
        Random random = new Random(8);
        for (int i = 0; i < 200; i++) {
            String text = RandomText.of(random);
            assertArrayEquals(qwen.encode(text, at -> true).ids(), read.encode(text, at -> true).ids(), text);
        }
    }

    @Test
    void aMegabyteTakesSeconds() throws IOException {
        String text = Files.readString(SharedData.at("corpora/tinyshakespeare/input.txt"));
        PipelineTokenizer tokenizer = assertTimeout(Duration.ofSeconds(20),
                () -> new BytePairTrainer(4096, List.of("<|endoftext|>")).train(List.of(text)));
        assertEquals(4096, tokenizer.vocabularySize());
        int[] ids = tokenizer.encode(text).ids();
        assertEquals(text, tokenizer.decode(ids));
        assertTrue(text.length() > 3.2 * ids.length, text.length() + " characters in " + ids.length + " tokens");
    }

    @Test
    void aVocabularyThatCannotBeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> new BytePairTrainer(256, List.of("<s>")));
        assertThrows(IllegalArgumentException.class, () -> new BytePairTrainer(300, List.of("<s>", "<s>")));
        assertThrows(IllegalArgumentException.class, () -> new BytePairTrainer(300, List.of("A")));
        assertThrows(IllegalArgumentException.class, () -> new BytePairTrainer(Integer.MAX_VALUE, List.of()));
        assertFalse(new BytePairTrainer(5000, List.of()).train(List.of("ab")).vocabularySize() > 256);
    }
}
