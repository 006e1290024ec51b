package minarai.train.run;

/// A ledger, or a file that it vouches for, is not what it was when it was written.
public final class LedgerDamage extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final int step;

    /// @param step the damage is found at or after it
    public LedgerDamage(int step, String sentence) {
        super(sentence);
        this.step = step;
    }

    /// The step at or after which the damage is.
    public int step() {
        return step;
    }
}
