package minarai.tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/// What is wrong with a file is said with the file's name and the field.
class TokenizerFileTest {

    private static final String VALID = """
            {"version": "1.0", "truncation": null, "padding": null,
             "added_tokens": [{"id": 4, "content": "<s>", "special": true}],
             "normalizer": null, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
             "post_processor": {"type": "TemplateProcessing",
               "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
               "special_tokens": {"<s>": {"id": "<s>", "ids": [4]}}},
             "decoder": {"type": "ByteLevel"},
             "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2, "aba": 3}, "merges": ["a b", ["ab", "a"]]}}
            """;

    @TempDir
    private Path folder;

    private Path file(String content) throws IOException {
        return Files.writeString(folder.resolve("tokenizer.json"), content);
    }

    @Test
    void aValidFileIsReadAndItsSpecialTokensAreOnlyReported() throws IOException {
        PipelineTokenizer tokenizer = TokenizerFile.read(file(VALID));
        assertEquals(5, tokenizer.vocabularySize());
        assertArrayEquals(new int[] {2, 3}, tokenizer.encode("ababa").ids());
        assertArrayEquals(new int[] {4}, tokenizer.prefix());
        assertArrayEquals(new int[0], tokenizer.suffix());
        assertArrayEquals(new int[] {4, 2}, tokenizer.encode("<s>ab", at -> true).ids());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "\"ab\": 2              | \"ab\": 1                       | model.vocab",
        "\"ab\": 2              | \"ab\": 99999999                | model.vocab.ab",
        "\"ab\": 2              | \"ab\": -1                      | model.vocab.ab",
        "\"ab\": 2              | \"ab\": 1.5                     | model.vocab.ab",
        "\"ab\": 2              | \"ab\": \"2\"                   | model.vocab.ab",
        "\"ab\": 2              | \"a\": 2                        | not valid JSON",
        "\"a b\"                | \"a c\"                         | merge 0",
        "\"a b\"                | \"ab\"                          | model.merges[0]",
        "\"a b\"                | 7                               | model.merges[0]",
        "\"BPE\"                | \"BPF\"                         | BPF",
        "\"id\": 4, \"content\" | \"id\": 1, \"content\"          | added_tokens",
        "\"id\": 4, \"content\" | \"id\": 2147483648, \"content\" | added_tokens[0].id",
        "\"content\": \"<s>\"   | \"content\": \"\"               | added_tokens[0]",
        "\"content\": \"<s>\"   | \"content\": \"ab\"             | added_tokens",
        "\"special\": true      | \"sticky\": true                | sticky",
        "\"truncation\": null   | \"truncation\": {}              | truncation",
        "\"normalizer\": null   | \"normalizer\": {\"type\": \"Magic\"}      | normalizer",
        "\"version\"            | \"speed\"                       | speed",
        "\"add_prefix_space\": false | \"add_prefix_space\": 0    | pre_tokenizer.add_prefix_space",
        "\"ids\": [4]           | \"ids\": [5]                    | post_processor",
        "\"id\": \"A\"          | \"id\": \"B\"                   | post_processor.single[1]",
        "\"merges\"             | \"dropout\": 0.1, \"merges\"    | model.dropout",
        "\"merges\"             | \"unk_token\": \"?\", \"merges\"         | unk_token",
    })
    void aBrokenFileIsRefusedWithItsNameAndTheField(String good, String bad, String named) throws IOException {
        assertTrue(VALID.contains(good));
        Path file = file(VALID.replace(good, bad));
        var error = assertThrows(IllegalArgumentException.class, () -> TokenizerFile.read(file));
        assertTrue(error.getMessage().contains(file.toString()), error.getMessage());
        assertTrue(error.getMessage().contains(named), error.getMessage());
    }

    @Test
    void aPostProcessorMayNotAddTokensWithoutEnd() throws IOException {
        String ids = "[" + "4, ".repeat(599) + "4]";
        String item = "{\"SpecialToken\": {\"id\": \"<s>\"}}, ";
        String long1 = VALID.replace("[4]", ids);
        assertEquals(600, TokenizerFile.read(file(long1)).prefix().length);
        for (String content : new String[] {long1.replace(item, item + item),
            VALID.replace("[4]", "[" + "4, ".repeat(1024) + "4]")}) {
            Path file = file(content);
            var error = assertThrows(IllegalArgumentException.class, () -> TokenizerFile.read(file));
            assertTrue(error.getMessage().contains("post_processor adds more than 1024 tokens"), error.getMessage());
        }
    }

    @Test
    void noJsonAndDeepNestingAreRefused() throws IOException {
        for (String content : new String[] {"", "{", "[]", "7", "{}", VALID.substring(0, 300), "[".repeat(100_000),
            "{\"model\":" + "{\"a\":".repeat(100_000)}) {
            Path file = file(content);
            var error = assertThrows(IllegalArgumentException.class, () -> TokenizerFile.read(file));
            assertTrue(error.getMessage().contains(file.toString()), error.getMessage());
        }
    }

    @Test
    void aFolderWithoutATokenizerSaysWhatWasLookedFor() {
        var error = assertThrows(IllegalArgumentException.class, () -> Tokenizers.of(folder));
        assertTrue(error.getMessage().contains("tokenizer.json") && error.getMessage().contains("merges.txt"));
        assertThrows(IllegalArgumentException.class, () -> Tokenizers.of(folder.resolve("absent")));
    }

    @Test
    void patternsThatJavaWouldReadDifferentlyAreRefused() {
        for (String expression : new String[] {"[[:alpha:]]", "(?m).", "a{2}+", "\\Qa\\E", "(", "\\", "\\p{Nonsense}",
            "(?x) a", "(".repeat(9000) + ")".repeat(9000)}) {
            assertThrows(IllegalArgumentException.class, () -> TextPattern.regex(expression), expression);
        }
    }

    @Test
    void aPatternThatBacktracksWithoutEndIsStopped() {
        TextPattern pattern = TextPattern.regex("(a+)+b");
        var error = assertThrows(IllegalArgumentException.class, () -> pattern.matches("a".repeat(5000)));
        assertTrue(error.getMessage().contains("(a+)+b"));
    }
}
