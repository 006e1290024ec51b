package minarai.lab.town;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Plans which document tells what, so that every told fact is told equally often.
final class Composer {
    private static final List<Genre> PROSE =
            List.of(Genre.ENCYCLOPEDIA, Genre.LETTER, Genre.GAZETTE, Genre.STORY, Genre.DIALOGUE);
    private static final int MOST_FACTS = 5;
    private static final int MOST_ANSWERS = 6;

    private final TownSettings settings;
    private final Map<Relation, Phrases> phrases;
    private final List<Fact> facts;
    private final Author author;

    Composer(TownSettings settings, Map<Relation, Phrases> phrases, List<Fact> facts) {
        this.settings = settings;
        this.phrases = phrases;
        this.facts = facts;
        this.author = new Author(phrases);
    }

    /// Documents in which prose tells each told fact exactly `mentions` times and question-answer documents answer each
    /// documented fact exactly `answers` times, in random order.
    ///
    /// @param purpose keys the draws; another purpose gives other documents of the same facts
    List<Document> compose(String purpose, int mentions, int answers) {
        var documents = new ArrayList<Document>();
        Map<Entity, List<Fact>> told = facts.stream().filter(fact -> fact.told().isPresent())
                .collect(Collectors.groupingBy(Fact::entity, LinkedHashMap::new, Collectors.toList()));
        int index = 0;
        for (List<Fact> ofEntity : told.values()) {
            addProse(ofEntity, mentions, RandomStream.of(settings.seed(), purpose + " prose", index++), documents);
        }
        addAnswers(answers, RandomStream.of(settings.seed(), purpose + " answers", 0), documents);
        return RandomStream.of(settings.seed(), purpose + " order", 0).shuffled(documents);
    }

    private void addProse(List<Fact> told, int mentions, RandomStream random, List<Document> documents) {
        int[] owed = new int[told.size()];
        Arrays.fill(owed, mentions);
        while (true) {
            int most = 2 + random.below(MOST_FACTS - 1);
            List<Integer> chosen = random.shuffled(IntStream.range(0, owed.length).boxed().toList()).stream()
                    .filter(i -> owed[i] > 0)
                    .sorted(Comparator.comparingInt(i -> -owed[i]))
                    .limit(most).toList();
            if (chosen.isEmpty()) {
                return;
            }
            chosen.forEach(i -> owed[i]--);
            documents.add(document(random.shuffled(chosen).stream().map(told::get).toList(), random));
        }
    }

    private Document document(List<Fact> tellings, RandomStream random) {
        Genre genre = random.pick(PROSE);
        return genre == Genre.DIALOGUE
                ? author.dialogue(tellings, openQuestion(tellings.getFirst().entity(), random), random)
                : author.prose(genre, tellings, random);
    }

    /// In some dialogues, a question about anybody but the one that is spoken of.
    private List<String> openQuestion(Entity spokenOf, RandomStream random) {
        if (!random.chance(settings.unansweredShare())) {
            return List.of();
        }
        Fact fact = random.pick(facts);
        while (fact.entity().equals(spokenOf)) {
            fact = random.pick(facts);
        }
        return List.of(Author.question(random.pick(phrases.get(fact.relation()).documentForms()), fact.entity()));
    }

    /// Each documented fact goes through the forms in turn, in an order of its own.
    private void addAnswers(int answers, RandomStream random, List<Document> documents) {
        var askings = new ArrayList<Author.Asking>();
        for (Fact fact : facts) {
            if (fact.entity().split() == Split.DOCUMENTED) {
                List<String> forms = random.shuffled(phrases.get(fact.relation()).documentForms());
                for (int i = 0; i < answers; i++) {
                    askings.add(new Author.Asking(fact, forms.get(i % forms.size())));
                }
            }
        }
        List<Author.Asking> order = random.shuffled(askings);
        int begin = 0;
        while (begin < order.size()) {
            int end = Math.min(order.size(), begin + 1 + random.below(MOST_ANSWERS));
            documents.add(author.answers(order.subList(begin, end), random));
            begin = end;
        }
    }
}
