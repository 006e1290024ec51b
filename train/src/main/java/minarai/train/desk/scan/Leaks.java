package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import minarai.train.check.Leak;
import minarai.train.data.Example;
import minarai.train.desk.Entry;
import minarai.train.desk.text.Grams;
import minarai.train.desk.text.Neighbours;
import minarai.train.desk.text.Resemblance;

/// Rows that other files hold too: the same questions, shared 13-grams ([Leak]), or nearly the same words.
///
/// @param others entries of files that should share nothing with the one that is looked at
record Leaks(List<Entry> others) implements Rule {

    @Override
    public List<Finding> findings(Scanned scanned) {
        if (others.isEmpty()) {
            return List.of();
        }
        var findings = new ArrayList<Finding>();
        Map<String, Entry> byPlace = new HashMap<>();
        scanned.entries().forEach(entry -> byPlace.put(placed(entry), entry));
        Set<String> accused = new HashSet<>();
        for (Leak.Sight sight : Leak.between(examples(scanned.entries()), examples(others))) {
            String place = sight.trained().origin() + "#" + sight.trained().id();
            if (byPlace.containsKey(place) && accused.add(place)) {
                findings.add(Finding.of(Kind.LEAK, byPlace.get(place),
                        "%s%s it".formatted(sight.unseen().origin(), sight.how())));
            }
        }
        near(scanned, accused, findings);
        return findings;
    }

    private void near(Scanned scanned, Set<String> accused, List<Finding> findings) {
        var neighbours = new Neighbours();
        others.forEach(entry -> neighbours.add(Grams.of(Copies.text(entry))));
        scanned.entries().forEach(entry -> neighbours.add(Grams.of(Copies.text(entry))));
        var resemblance = new Resemblance();
        int border = others.size();
        neighbours.forEach(Resemblance.CANDIDATE, (earlier, later) -> {
            if (earlier < border && later >= border) {
                Entry entry = scanned.entries().get(later - border);
                Entry other = others.get(earlier);
                resemblance.between(Copies.text(other), Copies.text(entry))
                        .filter(how -> accused.add(placed(entry)))
                        .ifPresent(how -> findings.add(Finding.of(Kind.LEAK, entry,
                                "%s is nearly the same (%s)".formatted(other.place(), how))));
            }
        });
    }

    private static String placed(Entry entry) {
        return entry.place() + "#" + entry.id();
    }

    private static List<Example> examples(List<Entry> entries) {
        return entries.stream().filter(entry -> !entry.question().isBlank()).flatMap(entry -> entry.example().stream())
                .toList();
    }
}
