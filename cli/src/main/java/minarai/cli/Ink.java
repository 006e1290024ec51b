package minarai.cli;

/// Colours of text on a terminal, by what they say.
///
/// @param isOn whether colours are written; otherwise text stays as it is
record Ink(boolean isOn) {

    private static final String PLAIN = "\033[0m";

    /// What a colour says.
    enum Tone {
        /// A token with a label.
        TARGET("1;32"),
        /// What carries no label.
        CONTEXT("2"),
        /// A token that is no text.
        SPECIAL("35"),
        /// An id.
        NUMBER("36"),
        /// Every other token, so that one sees where each ends.
        EVEN("30;47"),
        ODD("30;43"),
        /// What is far from what was expected.
        WARNING("33"),
        NAME("1");

        private final String code;

        Tone(String code) {
            this.code = code;
        }
    }

    String paint(Tone tone, String text) {
        return isOn && !text.isEmpty() ? "\033[" + tone.code + "m" + text + PLAIN : text;
    }

    /// Text without the codes of colours.
    static String without(String text) {
        return text.replaceAll("\033\\[[0-9;]*m", "");
    }
}
