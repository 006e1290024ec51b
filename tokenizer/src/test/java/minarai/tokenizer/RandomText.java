package minarai.tokenizer;

import java.util.Random;

/// Seeded text of every kind: scripts, emoji, marks, white space, controls, byte spellings.
final class RandomText {

    private static final String[] SNIPPETS = {
        " ", "  ", "\n", "\r\n", "\t", "\u00A0", "\u3000", "the", " the", "don't", "'LL", "'\u017F", "123", "4567890",
        "猫", "東京タワー", "が", "か\u3099", "ｶﾞ", "한국어", "ᄒ", "ᅡ", "😀", "👩‍👩‍👧‍👦", "🇯🇵", "é", "e\u0301", "ﬁ", "İ", "Σς",
        "مرحبا", "नमस्ते", "<|endoftext|>", "</s>", "<0x0A>", "▁", "Ġ", "\u0000", "\u0085", "\uFEFF", "\uFFFD", "...",
        "!?", "==", "\u0300\u0323\u0301", "\u200B", "\u200D", "𐍈", "\uDBFF\uDFFF"};

    private RandomText() {
    }

    static String of(Random random) {
        StringBuilder text = new StringBuilder();
        int parts = random.nextInt(30);
        for (int i = 0; i < parts; i++) {
            if (random.nextInt(3) > 0) {
                text.append(SNIPPETS[random.nextInt(SNIPPETS.length)]);
            } else {
                int c = random.nextInt(random.nextBoolean() ? 0x3000 : 0x110000);
                text.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 'x' : c);
            }
        }
        return text.toString();
    }
}
