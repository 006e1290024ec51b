package minarai.train;

/// The lowest loss on held-out pairs so far.
///
/// @param step    after which it was measured
/// @param without evaluations since
record LowestLoss(double loss, int step, int without) {

    static LowestLoss none() {
        return new LowestLoss(Double.POSITIVE_INFINITY, 0, 0);
    }

    /// After one more evaluation.
    LowestLoss after(int step, double loss) {
        return loss < this.loss ? new LowestLoss(loss, step, 0) : new LowestLoss(this.loss, this.step, without + 1);
    }
}
