package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.chat.ChatTemplate;
import minarai.train.desk.Entry;

/// Answers of which a model would see nothing or only a part: too long with their questions, or with characters that
/// its vocabulary cannot say.
///
/// @param template  where the model has one; without it the texts alone are counted
/// @param maxLength the most tokens of an example
record Reach(Tokenizer tokenizer, Optional<ChatTemplate> template, int maxLength) implements Rule {

    private static final List<String> UNKNOWN = List.of("<unk>", "[UNK]", "<UNK>");

    @Override
    public List<Finding> findings(Scanned scanned) {
        int[] unknown = UNKNOWN.stream().map(tokenizer::idOf).filter(OptionalInt::isPresent)
                .mapToInt(OptionalInt::getAsInt).toArray();
        var findings = new ArrayList<Finding>();
        for (Entry entry : scanned.entries()) {
            tooLong(entry).or(() -> unsayable(entry, unknown))
                    .ifPresent(reason -> findings.add(Finding.of(Kind.UNREACHABLE, entry, reason)));
        }
        return findings;
    }

    private Optional<String> tooLong(Entry entry) {
        int least = Stream.concat(entry.prompt().stream(), Stream.of(entry.answer()))
                .mapToInt(turn -> tokens(turn.content())).sum();
        boolean isRendered = least <= maxLength && template.isPresent() && !entry.answer().content().isBlank();
        int all = least;
        if (isRendered) {
            try {
                all = template.get().render(tokenizer, entry.messages(), misfit -> { }).ids().length;
            } catch (IllegalArgumentException refused) {
                return Optional.of("the chat template refuses it: " + refused.getMessage());
            }
        }
        if (all <= maxLength) {
            return Optional.empty();
        }
        int question = entry.prompt().stream().mapToInt(turn -> tokens(turn.content())).sum();
        return Optional.of(question >= maxLength
                ? "the question alone has %,d tokens, so that nothing of the answer is within max_length %,d".formatted(
                        question, maxLength)
                : "question and answer have %,d tokens, more than max_length %,d".formatted(all, maxLength));
    }

    private Optional<String> unsayable(Entry entry, int[] unknown) {
        int[] ids = tokenizer.encode(entry.answer().content()).ids();
        boolean isUnknown = IntStream.of(ids).anyMatch(id -> IntStream.of(unknown).anyMatch(each -> each == id));
        boolean isLost = !isUnknown && !entry.answer().content().contains("\uFFFD")
                && tokenizer.decode(ids).contains("\uFFFD");
        return isUnknown || isLost ? Optional.of("the model's vocabulary has no token for a part of the answer")
                : Optional.empty();
    }

    private int tokens(String text) {
        return tokenizer.encode(text).ids().length;
    }
}
