package minarai.tokenizer.jinja;

/// What a rendering may cost.
///
/// @param work       steps, plus characters and elements copied or looked at
/// @param depth      nested expressions, statements, calls and values together
/// @param characters of one string, the output included
public record Limits(long work, int depth, int characters) {

    /// Far above what a conversation of a million characters needs, and spent within seconds.
    public static final Limits DEFAULT = new Limits(200_000_000, 400, 1 << 24);

    public Limits {
        if (work < 1 || depth < 1 || characters < 1) {
            throw new IllegalArgumentException("limits of a template must be positive: work " + work + ", depth "
                    + depth + ", characters " + characters);
        }
    }
}
