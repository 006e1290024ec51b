package minarai.models.format;

/// The two orders of a head's features in weights of queries and keys. Here, as in Hugging Face's folders, the features
/// that turn together are half a head apart; where rotary pairs lie side by side they are neighbours.
final class RotaryRows {

    private RotaryRows() {
    }

    /// Where the row of a weight lies in one whose rotary pairs lie side by side.
    static int side(int row, int headSize) {
        int within = row % headSize;
        int half = headSize / 2;
        return row - within + within % half * 2 + within / half;
    }

    /// Where the row of a weight whose rotary pairs lie side by side is here: the inverse of [#side].
    static int apart(int row, int headSize) {
        int within = row % headSize;
        return row - within + within % 2 * (headSize / 2) + within / 2;
    }
}
