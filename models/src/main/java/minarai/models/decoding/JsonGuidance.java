package minarai.models.decoding;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.tokenizer.PipelineTokenizer;

/// Makes texts follow a JSON schema: it rules out every token after which they could not, or could not be closed within
/// the tokens that are left.
public final class JsonGuidance implements Guidance {

    private static final String PRINTABLE = IntStream.rangeClosed(' ', '~').mapToObj(Character::toString)
            .collect(Collectors.joining());

    private final JsonSchema schema;
    private final Vocabulary vocabulary;
    private final Set<Integer> ends;

    /// @param ends tokens that may come once the text is whole
    /// @throws IllegalArgumentException if a byte that may be needed is no token by itself
    public JsonGuidance(JsonSchema schema, PipelineTokenizer tokenizer, Set<Integer> ends) {
        this.schema = schema;
        this.ends = Set.copyOf(ends);
        vocabulary = Vocabulary.of(tokenizer);
        vocabulary.requireSingles(PRINTABLE);
        schema.literals().forEach(vocabulary::requireSingles);
    }

    /// @throws IllegalArgumentException if the shortest text has more bytes than there is room for tokens
    @Override
    public Guide follow(int sequence, int[] prompt, int room) {
        var state = JsonState.before(schema.form());
        if (state.closing() > room) {
            throw new IllegalArgumentException(("the shortest text by this schema has %d bytes, for which there must "
                    + "be as many tokens, but there is room for %d. Allow more tokens (--max-tokens).")
                    .formatted(state.closing(), room));
        }
        return new Walk(state, room);
    }

    /// One text.
    private final class Walk implements Guide {

        private final JsonState[] path = new JsonState[vocabulary.longest() + 1];
        private JsonState state;
        private int room;
        /// How many bytes of the token at hand, or the last one, may come; [#path] leads so far.
        private int valid;

        Walk(JsonState start, int room) {
            state = start;
            this.room = room;
        }

        @Override
        public void shape(float[] logits) {
            float[] free = logits.clone();
            Arrays.fill(logits, Float.NEGATIVE_INFINITY);
            path[0] = state;
            valid = 0;
            boolean isInText = state.place() instanceof InText text && text.isFree();
            boolean isFitting = false;
            for (int i = 0; i < vocabulary.ids().length; i++) {
                byte[] bytes = vocabulary.bytes()[i];
                int shared = vocabulary.shared()[i];
                boolean isAnother = shared < bytes.length;
                if (isInText && vocabulary.isPlain()[i]) {
                    Arrays.fill(path, shared + 1, bytes.length + 1, state);
                    valid = bytes.length;
                    isFitting = state.closing() < room;
                } else if (isAnother) {
                    isFitting = shared <= valid && isFitting(bytes, shared);
                }
                allow(isFitting, vocabulary.ids()[i], free, logits);
            }
            if (state.isComplete()) {
                ends.forEach(id -> allow(true, id, free, logits));
            }
        }

        /// Whether a token may come, whose first `from` bytes may.
        private boolean isFitting(byte[] bytes, int from) {
            for (valid = from; valid < bytes.length; valid++) {
                var next = path[valid].after(bytes[valid]);
                if (next.state().isEmpty()) {
                    return next.isWhole() && valid + 1 == bytes.length;
                }
                path[valid + 1] = next.state().get();
            }
            return path[valid].closing() < room;
        }

        private static void allow(boolean isAllowed, int id, float[] free, float[] logits) {
            if (isAllowed && id < logits.length) {
                logits[id] = free[id];
            }
        }

        @Override
        public boolean isOpenAfter(int id) {
            room--;
            int at = IntStream.range(0, vocabulary.ids().length).filter(i -> vocabulary.ids()[i] == id).findFirst()
                    .orElseThrow(() -> new IllegalStateException("token %d adds no text".formatted(id)));
            for (byte each : vocabulary.bytes()[at]) {
                var next = state.after(each);
                if (next.isWhole()) {
                    return false;
                }
                state = next.state().orElseThrow(
                        () -> new IllegalStateException("token %d was ruled out".formatted(id)));
            }
            return !state.isComplete() || room > 0 && !ends.isEmpty();
        }
    }
}
