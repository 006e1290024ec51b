package minarai.tokenizer.jinja;

/// A template that cannot be read or rendered, with the place.
public final class TemplateException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String reason;
    private final int line;
    private final int column;
    private final boolean isRaised;

    TemplateException(String reason, int line, int column, boolean isRaised) {
        super("chat template, line " + line + ", column " + column + ": " + reason);
        this.reason = reason;
        this.line = line;
        this.column = column;
        this.isRaised = isRaised;
    }

    /// What is wrong, without the place.
    public String reason() {
        return reason;
    }

    /// The line, from 1.
    public int line() {
        return line;
    }

    /// The column in UTF-16 units, from 1.
    public int column() {
        return column;
    }

    /// Whether the template itself refused its input with `raise_exception`.
    public boolean isRaised() {
        return isRaised;
    }
}
