package minarai.lab.town;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Writes single documents.
final class Author {
    private static final double OPENING = 0.3;
    private static final double LEAD = 0.15;
    private static final double FILLER = 0.12;
    private static final double CLOSING = 0.15;

    private final Map<Relation, Phrases> phrases;
    private final Lexicon words = Lexicon.read("genres.txt");

    Author(Map<Relation, Phrases> phrases) {
        this.phrases = phrases;
    }

    /// A document in running text that tells the facts, all told and of one entity, in their order.
    Document prose(Genre genre, List<Fact> facts, RandomStream random) {
        String label = genre.name().toLowerCase(Locale.ROOT);
        String name = facts.getFirst().entity().name();
        boolean isLetter = genre == Genre.LETTER;
        var sentences = new ArrayList<String>();
        if (!isLetter && random.chance(OPENING)) {
            sentences.add(words(label + " opening", name, random));
        }
        for (Fact fact : facts) {
            if (random.chance(FILLER)) {
                sentences.add(words(label + " filler", name, random));
            }
            sentences.add(telling(fact, label, random));
        }
        if (!isLetter && random.chance(CLOSING)) {
            sentences.add(words(label + " closing", name, random));
        }
        String body = String.join(" ", sentences);
        return new Document(genre, isLetter
                ? words("letter opening", name, random) + "\n" + body + "\n" + words("letter closing", name, random)
                : body);
    }

    /// Two speakers in turn tell the facts; where an open question is given, it is asked at the begin or the end and
    /// is not answered.
    Document dialogue(List<Fact> facts, List<String> openQuestion, RandomStream random) {
        String name = facts.getFirst().entity().name();
        List<String> speakers = random.shuffled(words.section("slot helper")).subList(0, 2);
        var lines = new ArrayList<String>();
        boolean isAskedFirst = random.chance(0.5);
        if (isAskedFirst) {
            addOpenQuestion(openQuestion, lines, random);
        }
        if (random.chance(OPENING)) {
            lines.add(words("dialogue opening", name, random));
        }
        for (Fact fact : facts) {
            String filler = random.chance(FILLER) ? words("dialogue filler", name, random) + " " : "";
            lines.add(filler + telling(fact, "dialogue", random));
        }
        if (!isAskedFirst) {
            addOpenQuestion(openQuestion, lines, random);
        } else if (random.chance(CLOSING)) {
            lines.add(words("dialogue closing", name, random));
        }
        var text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            text.append(i == 0 ? "" : "\n").append(speakers.get(i % 2)).append(": ").append(lines.get(i));
        }
        return new Document(Genre.DIALOGUE, text.toString());
    }

    private void addOpenQuestion(List<String> openQuestion, List<String> lines, RandomStream random) {
        for (String question : openQuestion) {
            lines.add(question);
            lines.add(words("no answer", "", random));
        }
    }

    /// Questions with their answers, told values of documented facts, in one layout; it ends with an answer.
    Document answers(List<Asking> askings, RandomStream random) {
        String[] layout = random.pick(words.section("answered layout")).split("\\|");
        var lines = new ArrayList<String>();
        for (Asking asking : askings) {
            lines.add(layout[0].replace("{question}", question(asking.form(), asking.fact().entity())));
            lines.add(layout[1].replace("{answer}", asking.fact().told().orElseThrow()));
        }
        return new Document(Genre.ANSWERS, String.join("\n", lines));
    }

    /// A fact and the form to ask for it.
    record Asking(Fact fact, String form) {
    }

    static String question(String form, Entity entity) {
        return form.replace("{name}", entity.name());
    }

    private String telling(Fact fact, String genre, RandomStream random) {
        String form = random.pick(phrases.get(fact.relation()).prose());
        String lead = random.chance(LEAD) ? words(genre + " lead", "", random) : "{fact}";
        boolean isInside = !lead.startsWith("{fact}") && !form.startsWith("{");
        String inPlace = isInside ? form.substring(0, 1).toLowerCase(Locale.ROOT) + form.substring(1) : form;
        return lead.replace("{fact}", inPlace)
                .replace("{name}", fact.entity().name()).replace("{value}", fact.told().orElseThrow());
    }

    /// An entry of the section with its slots filled; `{fact}` is left.
    private String words(String section, String name, RandomStream random) {
        String text = random.pick(words.section(section)).replace("{name}", name);
        for (String slot : List.of("day", "month", "weather", "time", "helper")) {
            if (text.contains("{" + slot + "}")) {
                text = text.replace("{" + slot + "}", random.pick(words.section("slot " + slot)));
            }
        }
        return text;
    }
}
