package minarai.eval.metric;

/// What two texts share: how much of the answer is in the reference, and how much of the reference in the answer.
public record Overlap(double precision, double recall) {

    static Overlap of(double common, double inAnswer, double inReference) {
        return new Overlap(inAnswer == 0 ? 0 : common / inAnswer, inReference == 0 ? 0 : common / inReference);
    }

    /// The harmonic mean of both; 0 where both are 0.
    public double f1() {
        return f(1);
    }

    /// `(1 + beta²) p r / (beta² p + r)`; recall counts beta times as much as precision.
    public double f(double beta) {
        double factor = beta * beta;
        double below = factor * precision + recall;
        return below == 0 ? 0 : (1 + factor) * precision * recall / below;
    }
}
