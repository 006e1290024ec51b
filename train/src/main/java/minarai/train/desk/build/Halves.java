package minarai.train.desk.build;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import minarai.train.data.Place;
import minarai.train.desk.Entry;

/// Ordinary text as pairs: a beginning, and how it goes on.
///
/// @param least  the fewest characters of a passage
/// @param most   the most; longer passages are cut at sentences
/// @param middle where a passage's middle is, as an index of its characters, e.g. by the tokens of a model
/// @see <a href="https://arxiv.org/abs/2409.00096">Xie et al. 2024, section 3</a>
public record Halves(int least, int most, Function<String, Integer> middle) {

    private static final Pattern PARAGRAPHS = Pattern.compile("\\n\\s*\\n");
    private static final Pattern SENTENCE = Pattern.compile("[.!?][\"'”’)]*(?=\\s|$)|[。！？][」』）]*|\\n");

    /// @throws IllegalArgumentException if the bounds are none
    public Halves {
        if (least < 20 || most < 2 * least) {
            throw new IllegalArgumentException(("passages have %d to %d characters; needed are at least 20, and a"
                    + " most of twice the least").formatted(least, most));
        }
    }

    /// In the middle of the characters.
    public Halves(int least, int most) {
        this(least, most, text -> text.length() / 2);
    }

    /// The passages of a text: paragraphs, put together until they are long enough, and cut where they are too long.
    public List<String> passages(String text) {
        var passages = new ArrayList<String>();
        var open = new StringBuilder();
        for (String paragraph : PARAGRAPHS.split(text.replace("\r\n", "\n"))) {
            if (!open.isEmpty() && open.length() + paragraph.length() > most) {
                close(open, passages);
            }
            for (String piece : pieces(paragraph.strip())) {
                open.append(open.isEmpty() ? "" : "\n\n").append(piece);
                if (open.length() >= least) {
                    close(open, passages);
                }
            }
        }
        close(open, passages);
        return passages;
    }

    private void close(StringBuilder open, List<String> passages) {
        if (open.length() >= least) {
            passages.add(open.toString());
        }
        open.setLength(0);
    }

    /// Parts of at most [#most] characters that end with a sentence, where one does.
    private List<String> pieces(String paragraph) {
        var pieces = new ArrayList<String>();
        String rest = paragraph;
        while (rest.length() > most) {
            int cut = Math.max(1, sentenceEnd(rest, most * 3 / 4, least, most).orElse(most));
            pieces.add(rest.substring(0, cut).strip());
            rest = rest.substring(cut).strip();
        }
        pieces.add(rest);
        return pieces;
    }

    /// The two halves of a passage, parted at the end of the sentence nearest to its middle; empty if none ends within
    /// the middle three fifths.
    public Optional<String[]> parted(String passage) {
        return sentenceEnd(passage, middle.apply(passage), passage.length() / 5, passage.length() * 4 / 5)
                .map(at -> new String[] {passage.substring(0, at).strip(), passage.substring(at).strip()})
                .filter(halves -> !halves[0].isEmpty() && !halves[1].isEmpty());
    }

    private static Optional<Integer> sentenceEnd(String text, int wanted, int from, int to) {
        Matcher matcher = SENTENCE.matcher(text);
        int best = -1;
        while (matcher.find()) {
            boolean isWithin = matcher.end() >= from && matcher.end() <= to;
            best = isWithin && (best < 0 || Math.abs(matcher.end() - wanted) < Math.abs(best - wanted)) ? matcher.end()
                    : best;
        }
        return best < 0 ? Optional.empty() : Optional.of(best);
    }

    /// A pair for each passage that can be parted.
    ///
    /// @param file    as origins name it
    /// @param teacher writes the continuations; where absent they are the true halves
    public List<Entry> of(String file, String text, Optional<Teacher> teacher) {
        List<String[]> halves = passages(text).stream().map(this::parted).flatMap(Optional::stream).toList();
        List<String> continuations = teacher.map(each -> each.continuations(halves.stream().map(half -> half[0])
                .toList(), 0))
                .orElseGet(() -> halves.stream().map(half -> half[1]).toList());
        var entries = new ArrayList<Entry>();
        int position = 0;
        for (int i = 0; i < halves.size(); i++) {
            position = Math.max(position, text.indexOf(halves.get(i)[0].lines().findFirst().orElse(""), position));
            int line = 1 + (int) text.substring(0, position).chars().filter(c -> c == '\n').count();
            Entry entry = Entry.pair("", new Place(file, line), halves.get(i)[0], continuations.get(i).strip());
            if (!continuations.get(i).isBlank()) {
                entries.add(entry.named(entry.contentId()));
            }
        }
        return entries;
    }
}
