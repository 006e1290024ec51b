package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.List;
import minarai.train.desk.Entry;
import minarai.train.desk.text.Language;

/// The rows that are looked at, with what several rules want to know of them.
///
/// @param file             as findings about all rows name it
/// @param entries          in the order of the file
/// @param questionLanguage of each entry
/// @param answerLanguage   of each entry
record Scanned(String file, List<Entry> entries, List<Language> questionLanguage, List<Language> answerLanguage) {

    static Scanned of(String file, List<Entry> entries) {
        var questions = new ArrayList<Language>();
        var answers = new ArrayList<Language>();
        for (Entry entry : entries) {
            questions.add(Language.of(entry.question()));
            answers.add(Language.of(entry.answer().content()));
        }
        return new Scanned(file, List.copyOf(entries), List.copyOf(questions), List.copyOf(answers));
    }

    int size() {
        return entries.size();
    }
}
