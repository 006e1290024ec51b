package minarai.tokenizer.jinja;

import java.time.LocalDateTime;

/// One reading or rendering: what it has cost so far, and where in the source it is.
final class Session {
    private final String source;
    private final Limits limits;
    private final LocalDateTime clock;
    private long work;
    private int depth;
    private int position;

    Session(String source, Limits limits, LocalDateTime clock) {
        this.source = source;
        this.limits = limits;
        this.clock = clock;
    }

    LocalDateTime clock() {
        return clock;
    }

    /// Takes note of where errors that follow belong.
    void at(int offset) {
        position = offset;
    }

    void spend(long units) {
        work += units;
        if (work > limits.work()) {
            throw fault("the template does too much work: more than " + limits.work()
                    + " steps and characters copied. Does it loop without need?");
        }
    }

    void checkLength(long characters) {
        if (characters > limits.characters()) {
            throw fault("the template makes a string of more than " + limits.characters() + " characters");
        }
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw fault("the template nests more than " + limits.depth() + " levels deep");
        }
    }

    void leave() {
        depth--;
    }

    TemplateException fault(String reason) {
        return faultAt(position, reason, false);
    }

    /// What `raise_exception` of a template throws.
    TemplateException raised(String reason) {
        return faultAt(position, reason, true);
    }

    private TemplateException faultAt(int offset, String reason, boolean isRaised) {
        int end = Math.min(offset, source.length());
        int line = 1;
        int lineStart = 0;
        for (int i = 0; i < end; i++) {
            if (source.charAt(i) == '\n') {
                line++;
                lineStart = i + 1;
            }
        }
        return new TemplateException(reason, line, end - lineStart + 1, isRaised);
    }
}
