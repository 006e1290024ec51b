package minarai.eval.judge;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import minarai.eval.ItemResult;
import minarai.eval.judge.ImportedVerdicts.Key;
import minarai.eval.task.Csv;

/// A sheet on which people say which of two answers is better without seeing who gave it. Which stands as A is dealt by
/// a hash of the seed and the item, half of them either way.
///
/// @param task that was asked
/// @param rows in the order of the sheet
public record Sheet(String task, List<Row> rows) {

    /// @param isTunedFirst whether answer A is the tuned model's; in the key, not on the sheet
    public record Row(String id, String question, String a, String b, boolean isTunedFirst) {
    }

    public Sheet {
        rows = List.copyOf(rows);
    }

    /// @param seed of the deal
    public static Sheet of(String task, List<ItemResult> results, String seed) {
        return new Sheet(task, results.stream().map(result -> {
            boolean isTunedFirst = hash(seed + "\n" + result.item().id())[0] < 0;
            return new Row(result.item().id(), result.item().prompt(),
                    isTunedFirst ? result.tuned().text() : result.base().text(),
                    isTunedFirst ? result.base().text() : result.tuned().text(), isTunedFirst);
        }).toList());
    }

    /// For a spreadsheet: `task,id,question,answer_a,answer_b,verdict`, where people write a, b or tie.
    public String csv() {
        return "task,id,question,answer_a,answer_b,verdict\n" + rows.stream().map(row -> String.join(",", quoted(task),
                quoted(row.id), quoted(row.question), quoted(row.a), quoted(row.b), ""))
                .collect(Collectors.joining("\n")) + "\n";
    }

    /// What tells A from B: `task,id,a`. To be kept from whoever labels.
    public String key() {
        return "task,id,a\n" + rows.stream().map(row -> String.join(",", quoted(task), quoted(row.id),
                row.isTunedFirst ? "tuned" : "base")).collect(Collectors.joining("\n")) + "\n";
    }

    /// A page with a choice for each item, and a field at its end that holds the labels as CSV once they are made.
    public String html() {
        var items = new StringBuilder();
        for (int index = 0; index < rows.size(); index++) {
            Row row = rows.get(index);
            String name = "q" + index;
            items.append("<fieldset data-task=\"").append(escaped(task)).append("\" data-id=\"")
                    .append(escaped(row.id)).append("\"><legend>").append(index + 1).append(" of ")
                    .append(rows.size()).append("</legend><p class=\"question\">").append(escaped(row.question))
                    .append("</p><div class=\"pair\"><div><h2>A</h2><p>").append(escaped(row.a))
                    .append("</p></div><div><h2>B</h2><p>").append(escaped(row.b))
                    .append("</p></div></div><div class=\"choice\">");
            for (String choice : List.of("a", "tie", "b")) {
                items.append("<label><input type=\"radio\" name=\"").append(name).append("\" value=\"").append(choice)
                        .append("\"/> ").append(switch (choice) {
                            case "a" -> "A is better";
                            case "b" -> "B is better";
                            default -> "tie";
                        }).append("</label>");
            }
            items.append("</div></fieldset>\n");
        }
        return PAGE.replace("ITEMS", items);
    }

    /// Reads labels back: a filled CSV sheet, or what the page gave, which has `task`, `id` and `verdict` only. Where
    /// the labels name no task they are on that of the key.
    ///
    /// @param key the key of the sheet
    /// @return for each labelled item who won
    /// @throws IllegalArgumentException if a column is missing, an item is not in the key, or a verdict is not a, b or
    ///         tie
    public static Map<Key, Verdict> labels(String csv, String key) {
        Map<Key, String> first = key(key);
        List<String> tasks = first.keySet().stream().map(Key::task).distinct().toList();
        List<List<String>> rows = Csv.rows(csv, "the labels");
        List<String> header = rows.isEmpty() ? List.of() : rows.getFirst().stream().map(String::strip).toList();
        int task = header.indexOf("task");
        int id = header.indexOf("id");
        int verdict = header.indexOf("verdict");
        if (id < 0 || verdict < 0 || task < 0 && tasks.size() > 1) {
            throw new IllegalArgumentException("the labels have the columns " + header
                    + "; needed: task, id and verdict");
        }
        Map<Key, Verdict> labels = new LinkedHashMap<>();
        List<String> wrong = new ArrayList<>();
        for (List<String> row : rows.subList(1, rows.size())) {
            String choice = verdict < row.size() ? row.get(verdict).strip().toLowerCase(Locale.ROOT) : "";
            var item = new Key(task >= 0 ? row.get(task) : String.join("", tasks), id < row.size() ? row.get(id) : "");
            String a = first.get(item);
            if (a == null || !List.of("a", "b", "tie", "").contains(choice)) {
                wrong.add(item.id() + ": " + (a == null ? "not in the key" : "'" + choice + "'"));
            } else if (!choice.isEmpty()) {
                labels.put(item, choice.equals("tie") ? Verdict.TIE
                        : choice.equals("a") == a.equals("tuned") ? Verdict.TUNED : Verdict.BASE);
            }
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException("the labels do not fit the key: " + wrong
                    + "; needed: ids of the sheet and a, b, tie or nothing");
        }
        return labels;
    }

    /// Which answer was A for each item of a key.
    private static Map<Key, String> key(String csv) {
        List<List<String>> rows = Csv.rows(csv, "the key");
        if (rows.isEmpty() || !rows.getFirst().equals(List.of("task", "id", "a"))
                || rows.stream().anyMatch(row -> row.size() != 3)) {
            throw new IllegalArgumentException("the key has the columns " + (rows.isEmpty() ? "of an empty file"
                    : rows.getFirst()) + "; needed: task, id and a in every row, as judge sheet writes them");
        }
        Map<Key, String> first = new LinkedHashMap<>();
        rows.stream().skip(1).forEach(row -> first.put(new Key(row.get(0), row.get(1)), row.get(2)));
        return first;
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\"\"") + '"';
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks SHA-256, which every JDK has to have", e);
        }
    }

    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/>
            <meta http-equiv="Content-Security-Policy"
             content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/><title>Which answer is better?</title>
            <style>
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
            fieldset { border: 1px solid #8884; border-radius: 8px; margin: 0 0 1.5rem; }
            p { white-space: pre-wrap; overflow-wrap: anywhere; margin: .3rem 0; }
            .question { font-weight: 600; }
            .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; }
            .pair > div { background: #8881; border-radius: 6px; padding: .5rem .8rem; }
            h2 { font-size: 1rem; margin: 0; opacity: .75; }
            .choice { display: flex; gap: 1.5rem; margin-top: .7rem; }
            textarea { width: 100%; height: 10rem; font: 13px monospace; }
            @media (max-width: 40rem) { .pair { grid-template-columns: 1fr; } }
            </style></head><body>
            <h1>Which answer is better?</h1>
            <p>Choose for each question. You do not see who answered, and the order was dealt. When done, copy the field at
            the end into a file and import it.</p>
            ITEMS
            <h2>Labels</h2><textarea id="labels" readonly="readonly"></textarea>
            <script>
            function labels() {
              var quoted = function (text) { return '"' + text.replace(/"/g, '""') + '",'; };
              var lines = ['task,id,verdict'];
              document.querySelectorAll('fieldset').forEach(function (item) {
                var chosen = item.querySelector('input:checked');
                if (chosen) lines.push(quoted(item.dataset.task) + quoted(item.dataset.id) + chosen.value);
              });
              document.getElementById('labels').value = lines.join('\\n') + '\\n';
            }
            document.addEventListener('change', labels); labels();
            </script></body></html>
            """;
}
