package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathPatternTest {

    private static final String PATH = "model.layers.10.self_attn.q_proj";

    private static final Pattern FLAGS = Pattern.compile("\\(\\?(?![:=!<])");

    @ParameterizedTest
    @ValueSource(strings = {"(){2000000000}x", "(?:){2000000000}x", "((){20000}){200000}x", "(?:(?:){20000}){20000}x",
        ".*(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)(|)x",
        ".*(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?x",
        "((((((((((((((((((((((.)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?)*?x",
        "(.*.*)*(.*.*)*x"})
    void anExpressionWithoutEndIsAnsweredOrRefusedInTime(String expression) {
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> assertFalse(isMatched(expression, "a".repeat(512))));
    }

    /// Whether it matches; not where it is refused for its work.
    private static boolean isMatched(String expression, String path) {
        try {
            return PathPattern.matches(expression, path);
        } catch (IllegalArgumentException refusal) {
            assertTrue(refusal.getMessage().contains("use a simpler expression"), refusal.getMessage());
            return false;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"((((((((.)+?)+?)+?)+?)+?)+?)+?)+?",
            "(b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?b?a)*"})
    void anExpressionThatGoesDeepIsMatchedOrRefused(String expression) {
        assertTrue(isMatched(expression, "aaaa"));
        isMatched(expression, "a".repeat(512));
    }

    @ParameterizedTest
    @ValueSource(strings = {".*\\.(q|v)_proj", "^model\\.layers\\.\\d{1,2}\\.self_attn\\.[qkv]_proj$", ".*(?<!o)_proj",
        "(?!.*visual).*q_proj", "(?:.*?(?:self_attn|mlp).*?(?:q_proj|k_proj).*?)|(?:\\bmodel\\.[(\\]]{0,1}x)",
                "(?>model).*"})
    void anExpressionOfAPublishedAdapterMatchesTheModule(String expression) {
        assertTrue(PathPattern.matches(expression, PATH));
    }

    @ParameterizedTest
    @ValueSource(strings = {"(?i)MODEL.*", "(?<name>.*)", "(?x)# [", "\\Q[\\E", "\\c[(|)]"})
    void whatCouldHideAGroupIsRefused(String expression) {
        assertThrows(IllegalArgumentException.class, () -> PathPattern.check(expression));
    }

    /// The looks that are put into groups change no answer.
    @Test
    void aRandomExpressionMatchesWhatItMatchesElsewhere() {
        var random = new SplittableRandom(71);
        String[] parts = {"a", "b", ".", "\\.", "[ab]", "[^a]", "(", "(?:", "(?=", "(?!", ")", ")", ")", "*", "+", "?",
                "*?", "|",
            "{1,2}", "^", "$", "\\b", "[(a]"};
        int compared = 0;
        int matched = 0;
        for (int trial = 0; trial < 200_000; trial++) {
            var built = new StringBuilder();
            for (int i = 1 + random.nextInt(9); i > 0; i--) {
                built.append(parts[random.nextInt(parts.length)]);
            }
            String expression = built.toString();
            String path = "ab.a.bb".substring(random.nextInt(5), 5 + random.nextInt(3));
            if (FLAGS.matcher(expression).find()) {
                continue;
            }
            boolean expected;
            try {
                expected = Pattern.compile(expression).matcher(path).matches();
            } catch (PatternSyntaxException unsound) {
                continue;
            }
            assertEquals(expected, PathPattern.matches(expression, path), expression + " on " + path);
            compared++;
            matched += expected ? 1 : 0;
        }
        assertTrue(compared > 10_000 && matched > 1_000, matched + " of " + compared);
    }
}
