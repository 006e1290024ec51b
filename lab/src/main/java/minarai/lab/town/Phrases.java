package minarai.lab.town;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The words of one relation.
///
/// @param values what it may be
/// @param prose  ways to tell it, with `{name}` and `{value}`
/// @param forms  ways to ask for it, with `{name}`
record Phrases(List<String> values, List<String> prose, Map<FormKind, List<String>> forms) {
    static Phrases of(Relation relation) {
        Lexicon words = Lexicon.read(relation.label() + ".txt");
        var prose = new ArrayList<>(words.section("name first"));
        prose.addAll(words.section("value first"));
        var forms = new EnumMap<FormKind, List<String>>(FormKind.class);
        forms.put(FormKind.TUNED, words.section("tuned"));
        forms.put(FormKind.FAMILIAR, words.section("familiar"));
        forms.put(FormKind.NEW, words.section("new"));
        return new Phrases(words.section("values"), List.copyOf(prose), Map.copyOf(forms));
    }

    static Map<Relation, Phrases> all() {
        var all = new EnumMap<Relation, Phrases>(Relation.class);
        for (Relation relation : Relation.values()) {
            all.put(relation, of(relation));
        }
        return Map.copyOf(all);
    }

    /// The forms that may occur in documents.
    List<String> documentForms() {
        return Stream.concat(forms.get(FormKind.TUNED).stream(), forms.get(FormKind.FAMILIAR).stream()).toList();
    }
}
