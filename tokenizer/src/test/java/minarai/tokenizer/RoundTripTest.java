package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/// Written and read back, a tokenizer is the same.
class RoundTripTest {

    private static final long SEED = 99;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"goldens/hf/tokenizers/tiny-gpt2style", "goldens/hf/tokenizers/tiny-llama3style",
        "goldens/hf/tokenizers/tiny-qwenstyle", "goldens/hf/tokenizers/tiny-splits",
        "goldens/hf/tokenizers/tiny-addedtokens", "goldens/hf/tokenizers/tiny-bytefallback",
        "goldens/hf/tokenizers/tiny-unigram", "goldens/hf/tokenizers/tiny-wordpiece",
        "goldens/hf/tokenizers/tiny-wordlevel", "goldens/hf/tokenizers/stories260k-tok512-hf",
        "models/TinyStories-656K-hf", "tokenizers/gpt2", "tokenizers/qwen2.5",
        "tokenizers/bert/bert-base-uncased.tokenizer.json", "tokenizers/llm-jp/v2.1-hf-fast"})
    void aTokenizerJsonThatIsWrittenReadsBackTheSame(String path) throws IOException {
        assertSame(Tokenizers.of(SharedData.at(path)));
    }

    @Test
    void everyKindOfPartIsWrittenAndReadBack() throws IOException {
        for (String json : SmallTokenizers.JSON) {
            assertSame(TokenizerFile.read(Files.writeString(folder.resolve("given.json"), json)));
        }
    }

    private void assertSame(PipelineTokenizer tokenizer) throws IOException {
        Path once = folder.resolve("once.json");
        TokenizerFile.write(tokenizer, once);
        PipelineTokenizer read = TokenizerFile.read(once);
        assertEquals(tokenizer.vocabularySize(), read.vocabularySize());
        assertArrayEquals(tokenizer.prefix(), read.prefix());
        assertArrayEquals(tokenizer.suffix(), read.suffix());
        Random random = new Random(SEED);
        for (int i = 0; i < 200; i++) {
            String text = RandomText.of(random) + "<s></s><|im_end|>[SEP]" + RandomText.of(random);
            Encoding expected = tokenizer.encode(text, at -> true);
            Encoding actual = read.encode(text, at -> true);
            assertArrayEquals(expected.ids(), actual.ids(), "seed " + SEED + ": " + text);
            assertArrayEquals(expected.starts(), actual.starts());
            assertArrayEquals(expected.ends(), actual.ends());
            assertArrayEquals(tokenizer.encode(text).ids(), read.encode(text).ids());
            assertEquals(tokenizer.decodeWithSpecial(expected.ids()), read.decodeWithSpecial(expected.ids()));
            assertEquals(tokenizer.decode(expected.ids()), read.decode(expected.ids()));
        }
        Path twice = folder.resolve("twice.json");
        TokenizerFile.write(read, twice);
        assertEquals(-1, Files.mismatch(once, twice));
    }

    @Test
    void whatTokenizerJsonCannotSayIsNotWritten() {
        for (PipelineTokenizer tokenizer : new PipelineTokenizer[] {ProtobufBytes.tokenizer(1),
            ProtobufBytes.tokenizer(2)}) {
            Path file = folder.resolve("model.json");
            var error = assertThrows(IllegalArgumentException.class, () -> TokenizerFile.write(tokenizer, file));
            assertTrue(error.getMessage().contains("keep its own file"));
            assertTrue(Files.notExists(file));
        }
    }
}
