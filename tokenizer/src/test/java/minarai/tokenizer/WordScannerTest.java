package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

/// A scanner cuts as its expression does.
class WordScannerTest {

    private static final long SEED = 41;

    private static final String[] SMALL = {" ", "  ", "\n", "\r", "\r\n", "\t", "'", "'s", "'T", "'re", "'LL",
            "'\u017F",
        "'x", "a", "B", "1", "23", "4567", "!", "?!", "\u3000", "\u00A0", "é", "猫", "😀", "𝟛", "𐍈", "\u0301", "\uD800",
        "\uDC00", "\u2028", "/", "_"};

    /// An expression takes longer to compile than a short text to be cut, so each is compiled once.
    private static final Map<WordScanner, TextPattern> EXPRESSIONS = Stream.of(WordScanner.values())
            .collect(Collectors.toMap(scanner -> scanner, scanner -> TextPattern.compiled(scanner.expression())));

    private static void assertCutsAlike(WordScanner scanner, String text) {
        assertEquals(EXPRESSIONS.get(scanner).matches(text), new TextPattern.Scanned(scanner).matches(text),
                () -> "seed " + SEED + ", text " + text);
    }

    @ParameterizedTest
    @EnumSource
    void anExpressionOfAFileFindsItsScanner(WordScanner scanner) {
        assertEquals(new TextPattern.Scanned(scanner), TextPattern.regex(scanner.expression()));
        assertInstanceOf(TextPattern.Regex.class, TextPattern.regex(scanner.expression() + "|x"));
    }

    @ParameterizedTest
    @EnumSource
    void itCutsRandomTextsAsItsExpression(WordScanner scanner) {
        Random random = new Random(SEED);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(RandomText.of(random));
            for (int parts = random.nextInt(12); parts > 0; parts--) {
                text.append(SMALL[random.nextInt(SMALL.length)]);
            }
            assertCutsAlike(scanner, text.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void itKnowsEveryCharacter(WordScanner scanner) {
        for (int block = 0; block <= Character.MAX_CODE_POINT; block += 0x1000) {
            StringBuilder text = new StringBuilder();
            IntStream.range(block, block + 0x1000).filter(c -> !isAmongItsLike(c)).forEach(c -> text.append("a")
                    .appendCodePoint(c).append("1").appendCodePoint(c).append(" ").appendCodePoint(c).append("!")
                    .appendCodePoint(c).append("'").appendCodePoint(c).append(" \n"));
            assertCutsAlike(scanner, text.toString());
        }
    }

    /// Of the million characters that are unassigned or private, which no property tells apart, the first and the last
    /// of each run are looked at.
    private static boolean isAmongItsLike(int c) {
        int type = Character.getType(c);
        return (type == Character.UNASSIGNED || type == Character.PRIVATE_USE) && c > 0 && c < Character.MAX_CODE_POINT
                && Character.getType(c - 1) == type && Character.getType(c + 1) == type;
    }

    @ParameterizedTest
    @ValueSource(strings = {"corpora/tinyshakespeare/input.txt", "corpora/aozora/wagahaiwa_nekodearu.txt",
        "corpora/wikitext-2/valid.txt"})
    void itCutsRealTextsAsItsExpression(String path) throws IOException {
        String text = Files.readString(SharedData.at(path));
        for (WordScanner scanner : WordScanner.values()) {
            assertCutsAlike(scanner, text);
        }
    }

    @Test
    void wordsAreRememberedAndStayTheSame() {
        PipelineTokenizer tokenizer = BytePairTrainerTest.trained(330);
        Random random = new Random(SEED);
        for (int i = 0; i < 2000; i++) {
            String text = RandomText.of(random);
            int[] first = tokenizer.encode(text).ids();
            assertEquals(Arrays.toString(first),
                    Arrays.toString(tokenizer.encode(text).ids()));
            var model = tokenizer.parts().model();
            var plain = new IntArrayList();
            for (AlignedText word : tokenizer.parts().preTokenizer().split(AlignedText.of(text))) {
                model.tokenize(word.text(), (id, from, to) -> plain.add(id));
            }
            assertEquals(plain, IntArrayList.wrap(first), "seed " + SEED + ": " + text);
        }
    }
}
