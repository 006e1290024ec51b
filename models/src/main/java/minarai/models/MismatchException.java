package minarai.models;

/// Parts that do not belong together were refused; a program ends with exit code 3.
public final class MismatchException extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    private final Mismatch mismatch;

    MismatchException(Mismatch mismatch, String reason) {
        super(reason);
        this.mismatch = mismatch;
    }

    /// What was refused.
    public Mismatch mismatch() {
        return mismatch;
    }
}
