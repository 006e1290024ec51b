package minarai.lab.town;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Writes single documents.
final class Author {
    private static final double OPENING = 0.33;
    private static final double LEAD = 0.2;
    private static final double FILLER = 0.16;
    private static final double CLOSING = 0.17;
    private static final List<String> SLOTS = List.of("day", "month", "weather", "time");

    private final Map<Relation, Phrases> phrases;
    private final Lexicon lexicon = Lexicon.read("genres.txt");

    Author(Map<Relation, Phrases> phrases) {
        this.phrases = phrases;
    }

    /// What holds throughout a document: its genre's label in the lexicon, whom it is about, and who tells it.
    private record Scene(String genre, String name, String helper, RandomStream random) {
        Scene toldBy(String other) {
            return new Scene(genre, name, other, random);
        }
    }

    /// A document in running text that tells the facts, all told and of one entity, in their order.
    Document prose(Genre genre, List<Fact> facts, RandomStream random) {
        List<String> helpers = twoHelpers(random);
        String label = genre.name().toLowerCase(Locale.ROOT);
        var scene = new Scene(label, facts.getFirst().entity().name(), helpers.getFirst(), random);
        if (genre == Genre.LETTER) {
            String body = String.join(" ", tellings(facts, scene));
            String greeting = words("opening", scene.toldBy(helpers.getLast()));
            return new Document(genre, greeting + "\n" + body + "\n" + words("closing", scene));
        }
        var sentences = new ArrayList<String>();
        if (random.chance(OPENING)) {
            sentences.add(words("opening", scene));
        }
        sentences.addAll(tellings(facts, scene));
        if (random.chance(CLOSING)) {
            sentences.add(words("closing", scene));
        }
        return new Document(genre, String.join(" ", sentences));
    }

    /// Two speakers in turn tell the facts; where an open question is given, it is asked at the beginning or the end
    /// and is not answered.
    Document dialogue(List<Fact> facts, List<String> openQuestion, RandomStream random) {
        List<String> speakers = twoHelpers(random);
        var scene = new Scene("dialogue", facts.getFirst().entity().name(), speakers.getFirst(), random);
        var lines = new ArrayList<String>();
        if (random.chance(OPENING)) {
            lines.add(words("opening", scene));
        }
        lines.addAll(tellings(facts, scene));
        if (random.chance(CLOSING)) {
            lines.add(words("closing", scene));
        }
        boolean isAskedFirst = random.chance(0.5);
        for (String question : openQuestion) {
            lines.addAll(isAskedFirst ? 0 : lines.size(), List.of(question, words("no answer", scene)));
        }
        var text = new StringBuilder();
        for (int i = 0; i < lines.size(); i++) {
            text.append(i == 0 ? "" : "\n").append(speakers.get(i % 2)).append(": ").append(lines.get(i));
        }
        return new Document(Genre.DIALOGUE, text.toString());
    }

    /// Questions with their answers, told values of documented facts, in one layout; it ends with an answer.
    Document answers(List<Asking> askings, RandomStream random) {
        String[] layout = random.pick(lexicon.section("answered layout")).split("\\|");
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

    private List<String> twoHelpers(RandomStream random) {
        return random.shuffled(lexicon.section("slot helper")).subList(0, 2);
    }

    /// A sentence a fact; from the second on, some have a lead and some a filler before them.
    private List<String> tellings(List<Fact> facts, Scene scene) {
        var tellings = new ArrayList<String>();
        for (Fact fact : facts) {
            boolean isFirst = tellings.isEmpty();
            String filler = !isFirst && scene.random().chance(FILLER) ? words("filler", scene) + " " : "";
            String lead = !isFirst && scene.random().chance(LEAD) ? words("lead", scene) : "{fact}";
            tellings.add(filler + telling(fact, lead, scene.random()));
        }
        return tellings;
    }

    private String telling(Fact fact, String lead, RandomStream random) {
        String form = random.pick(phrases.get(fact.relation()).prose());
        boolean isInside = !lead.startsWith("{fact}") && !form.startsWith("{");
        String inPlace = isInside ? form.substring(0, 1).toLowerCase(Locale.ROOT) + form.substring(1) : form;
        return lead.replace("{fact}", inPlace)
                .replace("{name}", fact.entity().name()).replace("{value}", fact.told().orElseThrow());
    }

    /// An entry of the genre's section for this part with its slots filled; `{fact}` is left.
    private String words(String part, Scene scene) {
        String text = scene.random().pick(lexicon.section(scene.genre() + " " + part))
                .replace("{name}", scene.name()).replace("{helper}", scene.helper());
        for (String slot : SLOTS) {
            if (text.contains("{" + slot + "}")) {
                text = text.replace("{" + slot + "}", scene.random().pick(lexicon.section("slot " + slot)));
            }
        }
        return text;
    }
}
