package minarai.train.desk.build;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import minarai.train.data.KeyedHash;
import minarai.train.data.Place;
import minarai.train.data.Words;
import minarai.train.desk.Entry;
import minarai.train.desk.text.RougeL;

/// New tasks from a model that is shown some, kept by the published filters.
///
/// @param wanted how many tasks to keep
/// @param rounds after how many requests to stop, whatever was kept
/// @param seed   of which tasks are shown
/// @see <a href="https://arxiv.org/abs/2212.10560">Wang et al. 2022, sections 2.2 and 3.1</a>
public record SelfInstruct(int wanted, int rounds, long seed) {

    static final double MOST_ALIKE = 0.7;
    private static final int FEWEST_WORDS = 3;
    private static final int MOST_WORDS = 150;
    private static final int SHOWN_SEEDS = 6;
    private static final int SHOWN_NEW = 2;
    private static final int LONGEST_SHOWN = 600;
    private static final double CHARACTERS_A_WORD = 2.5;
    private static final Pattern BANNED =
            Pattern.compile("\\b(images?|graphs?|pictures?|files?|maps?|draw|plot|go to|videos?|audio|"
            + "music|flowcharts?|diagrams?)\\b|画像|写真|図を|グラフ|地図|動画|音声|音楽|ファイル|描いて", Pattern.CASE_INSENSITIVE);
    private static final Pattern TASK = Pattern.compile("(?m)^\\s*(?:Task\\s*)?\\d{1,3}[.:)]\\s*(.+)$");

    /// Why a task was not kept.
    public enum Rejection {
        TOO_SHORT, TOO_LONG, BANNED_WORD, ODD_BEGINNING, PROGRAM, TOO_ALIKE, NO_ANSWER
    }

    /// What came of it.
    ///
    /// @param proposed how many tasks the model wrote
    public record Outcome(List<Entry> entries, int proposed, Map<Rejection, Integer> rejected) {
    }

    /// Asks for tasks, keeps what passes the filters, and asks for their answers.
    ///
    /// @param seeds tasks to begin with, at least one
    public Outcome of(List<Entry> seeds, Teacher teacher) {
        if (seeds.isEmpty()) {
            throw new IllegalArgumentException("self-instruct needs some tasks to begin with");
        }
        var filter = new Filter();
        List<String> shown = seeds.stream().map(Entry::question).filter(task -> task.length() <= LONGEST_SHOWN)
                .toList();
        seeds.forEach(entry -> filter.keep(entry.question()));
        var rejected = new EnumMap<Rejection, Integer>(Rejection.class);
        var entries = new ArrayList<Entry>();
        int proposed = 0;
        for (int round = 0; round < rounds && entries.size() < wanted; round++) {
            String request = request(shown, entries.stream().map(Entry::question).toList(), round);
            var kept = new ArrayList<String>();
            for (String task : tasks(teacher.continuations(List.of(request), 2 * round).getFirst())) {
                proposed++;
                Optional<Rejection> reason = filter.rejection(task);
                reason.ifPresent(why -> rejected.merge(why, 1, Integer::sum));
                if (reason.isEmpty() && entries.size() + kept.size() < wanted) {
                    filter.keep(task);
                    kept.add(task);
                }
            }
            answers(kept, teacher, round, entries, rejected);
        }
        return new Outcome(List.copyOf(entries), proposed, rejected);
    }

    private static void answers(List<String> tasks, Teacher teacher, int round, List<Entry> entries,
            Map<Rejection, Integer> rejected) {
        if (tasks.isEmpty()) {
            return;
        }
        List<String> answers = teacher.continuations(tasks.stream().map(task -> "Task: " + task + "\nAnswer:")
                .toList(), 2 * round + 1);
        for (int i = 0; i < tasks.size(); i++) {
            String answer = answers.get(i).split("\\n\\s*(Task|Answer)\\s*:", 2)[0].strip();
            if (answer.isBlank() || Words.squeezed(answer).equals(Words.squeezed(tasks.get(i)))) {
                rejected.merge(Rejection.NO_ANSWER, 1, Integer::sum);
                continue;
            }
            Entry entry = Entry.pair("", new Place("self-instruct", round + 1), tasks.get(i), answer);
            entries.add(entry.named(entry.contentId()));
        }
    }

    /// Six of the first tasks and two new ones, in an order of their own in each round, numbered.
    private String request(List<String> seeds, List<String> found, int round) {
        var hash = new KeyedHash("self-instruct " + round, seed);
        var shown = new ArrayList<>(chosen(found, SHOWN_NEW, hash));
        shown.addAll(chosen(seeds, SHOWN_SEEDS + SHOWN_NEW - shown.size(), hash));
        shown.sort(Comparator.comparingLong(hash::of));
        var text = new StringBuilder("Come up with a series of tasks:\n\n");
        for (int i = 0; i < shown.size(); i++) {
            text.append("Task ").append(i + 1).append(": ").append(shown.get(i).replaceAll("\\s+", " ")).append('\n');
        }
        return text.append("Task ").append(shown.size() + 1).append(":").toString();
    }

    private static List<String> chosen(List<String> tasks, int count, KeyedHash hash) {
        return tasks.stream().sorted(Comparator.comparingLong(hash::of)).limit(count).toList();
    }

    /// The tasks of a continuation: its first line, and every line that begins with a number.
    static List<String> tasks(String continuation) {
        var tasks = new ArrayList<String>();
        continuation.lines().findFirst().map(String::strip).filter(line -> !line.isEmpty() && !TASK.matcher(line)
                .matches())
                .ifPresent(tasks::add);
        TASK.matcher(continuation).results().forEach(match -> tasks.add(match.group(1).strip()));
        return tasks;
    }

    /// The published filters.
    static final class Filter {

        private final RougeL.Numbering numbering = new RougeL.Numbering();
        private final List<RougeL> kept = new ArrayList<>();

        void keep(String task) {
            kept.add(numbering.of(task));
        }

        Optional<Rejection> rejection(String task) {
            List<String> words = Words.of(task);
            boolean isUnspaced = 2 * words.stream().filter(word -> word.codePointCount(0, word.length()) == 1
                    && word.codePointAt(0) >= 0x2E80).count() > words.size();
            double length = isUnspaced ? words.size() / CHARACTERS_A_WORD : task.strip().split("\\s+").length;
            String lower = task.strip().toLowerCase(Locale.ROOT);
            if (length < FEWEST_WORDS) {
                return Optional.of(Rejection.TOO_SHORT);
            }
            if (length > MOST_WORDS) {
                return Optional.of(Rejection.TOO_LONG);
            }
            if (BANNED.matcher(task).find()) {
                return Optional.of(Rejection.BANNED_WORD);
            }
            if (lower.startsWith("write a program")) {
                return Optional.of(Rejection.PROGRAM);
            }
            if (!Character.isLetter(lower.codePointAt(0))) {
                return Optional.of(Rejection.ODD_BEGINNING);
            }
            RougeL own = numbering.of(task);
            return kept.stream().anyMatch(other -> own.isAbove(MOST_ALIKE, other)) ? Optional.of(Rejection.TOO_ALIKE)
                    : Optional.empty();
        }
    }
}
