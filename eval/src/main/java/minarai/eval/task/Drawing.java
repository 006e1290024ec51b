package minarai.eval.task;

/// How answers are drawn.
///
/// @param samples     answers to each item
/// @param temperature what logits are divided by; 0 for the likeliest token
/// @param seed        of the random numbers
public record Drawing(int samples, double temperature, long seed) {

    private static final int MOST = 1000;

    /// @throws IllegalArgumentException if there are fewer than one or more than 1,000 samples, the temperature is not
    ///         from 0 to 100, or several are to be drawn where every draw is the same
    public Drawing {
        if (samples < 1 || samples > MOST || !(temperature >= 0 && temperature <= 100)) {
            throw new IllegalArgumentException("drawing " + samples + " samples at a temperature of " + temperature
                    + "; needed: 1 to " + MOST + " samples and a temperature from 0 to 100");
        }
        if (samples > 1 && temperature == 0) {
            throw new IllegalArgumentException("drawing " + samples
                    + " samples at a temperature of 0, where all are the"
                    + " same; name a temperature above 0, such as 0.8");
        }
    }

    /// The likeliest token, once.
    public static Drawing greedy() {
        return new Drawing(1, 0, 0);
    }

    /// As results name it.
    public String label() {
        return temperature == 0 ? "greedy" : "temperature " + temperature + ", seed " + seed;
    }
}
