package minarai.train.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.chat.Message;

/// A special token spelled out in a turn, where it would become the token itself: `<|im_end|>` in a user's text must
/// not end the turn. And an answer that ends with one, which would be learned as text before the true end.
///
/// That it became the token is counted, not guessed: the text of the template holds the spelling so many times, the
/// turns so many of them; the template's own are the difference, and the ids may hold no more than that.
public record SpelledSpecial() implements Check {

    static final String NAME = "spelled_special";

    @Override
    public List<Refusal> refusals(Material material) {
        List<Special> specials = specials(material.tokenizer());
        return material.rendered().flatMap(rendered -> refusal(rendered, specials).stream()).toList();
    }

    private record Special(int id, String spelling) {
    }

    private static List<Special> specials(Tokenizer tokenizer) {
        return IntStream.range(0, tokenizer.vocabularySize())
                .filter(tokenizer::isSpecial)
                .mapToObj(id -> new Special(id, tokenizer.piece(id)))
                .filter(special -> special.spelling().length() > 1)
                .toList();
    }

    private static Optional<Refusal> refusal(Rendered rendered, List<Special> specials) {
        var reasons = new ArrayList<Refusal>();
        for (Special special : specials) {
            if (becomesSpecial(rendered, special)) {
                reasons.add(new Refusal(NAME, rendered.example().id(), rendered.example().origin(),
                        "a turn spells the special token %s, and it would be encoded as that token"
                                .formatted(special.spelling()),
                        "Remove it from the text, or use a template and tokenizer that keep it plain"));
            } else if (rendered.example().answer().stripTrailing().endsWith(special.spelling())) {
                reasons.add(new Refusal(NAME, rendered.example().id(), rendered.example().origin(),
                        "the answer ends with %s spelled out, which would be learned as plain text"
                                .formatted(special.spelling()),
                        "Remove it; the template adds the end token itself"));
            }
        }
        return reasons.stream().findFirst();
    }

    private static boolean becomesSpecial(Rendered rendered, Special special) {
        String text = rendered.rendering().text();
        int spelled = 0;
        for (Message message : rendered.example().messages()) {
            if (text.contains(message.content().strip())) {
                spelled += occurrences(message.content(), special.spelling());
            }
        }
        if (spelled == 0) {
            return false;
        }
        long encoded = IntStream.of(rendered.rendering().ids()).filter(id -> id == special.id()).count();
        return encoded > occurrences(text, special.spelling()) - spelled;
    }

    private static int occurrences(String text, String part) {
        int count = 0;
        for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
            count++;
        }
        return count;
    }
}
