package minarai.train;

/// Which checkpoints of a run stay: from each of them it can be replayed, and a sample be taken out again.
///
/// @param most how many, spread evenly over the run, beside the latest; 0 for the latest alone, the largest integer for
///             all
public record KeptCheckpoints(int most) {

    /// All of them.
    public static final KeptCheckpoints ALL = new KeptCheckpoints(Integer.MAX_VALUE);

    /// @param text `all`, `latest` or a number
    static KeptCheckpoints of(String text) {
        if (text.equals("all")) {
            return ALL;
        }
        if (text.equals("latest")) {
            return new KeptCheckpoints(0);
        }
        try {
            int most = Integer.parseInt(text);
            if (most >= 0) {
                return new KeptCheckpoints(most);
            }
        } catch (NumberFormatException notWhole) {
            throw wrong(text);
        }
        throw wrong(text);
    }

    private static IllegalArgumentException wrong(String text) {
        return Settings.problem("keep_checkpoints=" + text,
                "must be all, latest, or how many to keep, spread evenly over the run");
    }

    /// Whether the checkpoint with a number stays when so many were made. When there are too many, every second of
    /// those that are left goes.
    ///
    /// @param number from 1
    /// @param made   at least `number`
    boolean keeps(int number, int made) {
        if (number == made) {
            return true;
        }
        if (most == 0) {
            return false;
        }
        long stride = 1;
        while (made / stride > most) {
            stride *= 2;
        }
        return number % stride == 0;
    }

    /// As a recipe has it.
    @Override
    public String toString() {
        return switch (most) {
            case 0 -> "latest";
            case Integer.MAX_VALUE -> "all";
            default -> Integer.toString(most);
        };
    }
}
