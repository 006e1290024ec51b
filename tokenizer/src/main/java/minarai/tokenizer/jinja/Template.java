package minarai.tokenizer.jinja;

import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/// A template that has been read and can be rendered any number of times.
public final class Template {
    private static final int LONGEST_SOURCE = 1 << 20;
    private static final Limits READING = new Limits(Long.MAX_VALUE, 80, Integer.MAX_VALUE);

    private final String source;
    private final List<Statement> statements;

    private Template(String source, List<Statement> statements) {
        this.source = source;
        this.statements = statements;
    }

    /// @throws TemplateException if the source is not a template
    public static Template parse(String source, Syntax syntax) {
        if (source.length() > LONGEST_SOURCE) {
            throw new IllegalArgumentException("the chat template has " + source.length()
                    + " characters; at most " + LONGEST_SOURCE + " are read");
        }
        String normalized = Lexer.normalized(source);
        var session = new Session(normalized, READING, LocalDateTime.MIN);
        List<Token> tokens = new Lexer(normalized, syntax, session).tokens();
        return new Template(normalized, new Parser(tokens, session).template());
    }

    /// Renders as in [#render(Map, LocalDateTime, Limits)] within [Limits#DEFAULT].
    public Text render(Map<String, Value> variables, LocalDateTime clock) {
        return render(variables, clock, Limits.DEFAULT);
    }

    /// @param variables what the template can name
    /// @param clock     the time that `strftime_now` tells
    /// @throws TemplateException if the template refuses its input, is wrong, or exceeds the limits
    public Text render(Map<String, Value> variables, LocalDateTime clock, Limits limits) {
        return new Interpreter(new Session(source, limits, clock)).render(statements, variables);
    }
}
