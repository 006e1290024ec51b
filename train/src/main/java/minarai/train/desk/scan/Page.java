package minarai.train.desk.scan;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import minarai.train.desk.text.Language;
import minarai.train.run.AtomicFiles;

/// A report as one page that needs nothing beside itself. All text of rows is escaped.
public final class Page {

    private static final int SHOWN = 200;
    private static final String STYLE = """
            :root { color-scheme: light dark; --ink: #1d2430; --soft: #667085; --line: #e3e7ee; --page: #ffffff;
              --error: #b42318; --error-soft: #fef3f2; --note: #93600a; --note-soft: #fffaeb; --good: #067647; --bar: #dfe5ef }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #2c3442; --page: #12161d;
              --error: #fda29b; --error-soft: #2a1615; --note: #fec84b; --note-soft: #282011; --good: #75e0a7; --bar: #2c3442 } }
            * { box-sizing: border-box }
            body { margin: 0; background: var(--page); color: var(--ink);
              font: 16px/1.55 system-ui, "Hiragino Sans", "Noto Sans CJK JP", sans-serif }
            main { max-width: 60rem; margin: 0 auto; padding: 3rem 1.5rem 5rem }
            .brand { color: var(--soft); margin: 0; letter-spacing: .04em }
            h1 { font-size: 1.7rem; line-height: 1.25; margin: .2rem 0 .4rem; overflow-wrap: anywhere }
            .verdict { font-size: 1.1rem; margin: 0 0 2rem }
            .figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1px; background: var(--line);
              border: 1px solid var(--line); border-radius: 10px; overflow: hidden; margin-bottom: 2.5rem }
            .figures div { background: var(--page); padding: .9rem 1rem }
            .figures b { display: block; font-size: 1.45rem; font-variant-numeric: tabular-nums }
            .figures span, .remedy, .id { color: var(--soft); font-size: .88rem }
            nav { margin-bottom: 2.5rem }
            nav a { display: grid; grid-template-columns: 15rem 1fr 4rem; gap: 1rem; align-items: center; padding: .28rem 0;
              color: inherit; text-decoration: none }
            nav a:hover { text-decoration: underline }
            nav i { display: block; height: .55rem; border-radius: 4px; background: var(--note) }
            nav .error i { background: var(--error) }
            nav em { font-style: normal; text-align: right; font-variant-numeric: tabular-nums }
            details { border-top: 1px solid var(--line); padding: .9rem 0 }
            summary { cursor: pointer; font-weight: 600 }
            .tag { display: inline-block; font-size: .78rem; font-weight: 600; border-radius: 99px; padding: .05rem .6rem;
              margin-right: .5rem; color: var(--note); background: var(--note-soft) }
            .error .tag { color: var(--error); background: var(--error-soft) }
            table { border-collapse: collapse; width: 100%; margin-top: .7rem; font-size: .92rem }
            td { padding: .35rem .8rem .35rem 0; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: anywhere }
            td:first-child { width: 7rem; white-space: nowrap; font-family: ui-monospace, monospace; font-size: .84rem }
            .good { color: var(--good) }
            @media (max-width: 40rem) { nav a { grid-template-columns: 10rem 1fr 3rem } td:first-child { white-space: normal } }
            """;

    private final Report report;
    private final StringBuilder out = new StringBuilder();

    private Page(Report report) {
        this.report = report;
    }

    /// Writes the page; it is there whole or not at all.
    public static void write(Report report, Path file) {
        AtomicFiles.writeText(file, html(report));
    }

    static String html(Report report) {
        return new Page(report).html();
    }

    private String html() {
        String title = "Data check of " + Path.of(report.file()).getFileName();
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n")
                .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                        + "'unsafe-inline'\"/>\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>")
                .append(escaped(title)).append("</title>\n<style>\n").append(STYLE)
                .append("</style>\n</head>\n<body>\n<main>\n")
                .append("<p class=\"brand\">Minarai <span lang=\"ja\">見習い</span></p>\n<h1>").append(escaped(title))
                .append("</h1>\n<p class=\"verdict\">").append(escaped(verdict())).append("</p>\n");
        figures();
        Map<Kind, List<Finding>> groups = report.byKind();
        if (groups.isEmpty()) {
            out.append("<p class=\"good\">Nothing was found.</p>\n");
        }
        overview(groups);
        groups.forEach(this::group);
        return out.append("</main>\n</body>\n</html>\n").toString();
    }

    private String verdict() {
        return report.errors() > 0 ? "Mend it before a run: %,d of %,d rows have nothing against them.".formatted(
                report.sound(), report.rows())
                : report.notes() > 0 ? "No errors. Some rows want a look." : "No errors, nothing to note.";
    }

    private void figures() {
        out.append("<div class=\"figures\">");
        figure("%,d".formatted(report.rows()), "rows");
        figure("%,d".formatted(report.errors()), "errors");
        figure("%,d".formatted(report.notes()), "notes");
        figure("%,.0f · %,.0f".formatted(report.medianQuestion(), report.medianAnswer()),
                "median " + report.unit() + " of question and answer");
        language();
        out.append("</div>\n");
    }

    /// The share of the most frequent language among the questions long enough to tell; none where most are too short.
    private void language() {
        int all = report.languages().values().stream().mapToInt(Integer::intValue).sum();
        int known = all - report.languages().getOrDefault(Language.UNKNOWN, 0);
        report.languages().entrySet().stream().filter(each -> each.getKey() != Language.UNKNOWN && 2 * known >= all)
                .max(Map.Entry.comparingByValue()).ifPresent(most -> figure(
                        "%.0f %%".formatted(100.0 * most.getValue() / known),
                        "questions in " + most.getKey().title() + (known < all ? ", of those that tell" : "")));
    }

    private void figure(String value, String what) {
        out.append("<div><b>").append(escaped(value)).append("</b><span>").append(escaped(what))
                .append("</span></div>");
    }

    private void overview(Map<Kind, List<Finding>> groups) {
        int most = groups.values().stream().mapToInt(List::size).max().orElse(1);
        out.append("<nav>\n");
        groups.forEach((kind, found) -> out.append("<a class=\"").append(weight(kind)).append("\" href=\"#")
                .append(kind.key())
                .append("\"><span>").append(escaped(kind.title())).append("</span><i style=\"width:")
                .append(String.format(Locale.ROOT, "%.1f", Math.max(1.0, 100.0 * found.size() / most)))
                .append("%\"></i><em>")
                .append("%,d".formatted(found.size())).append("</em></a>\n"));
        out.append("</nav>\n");
    }

    private void group(Kind kind, List<Finding> found) {
        out.append("<details open id=\"").append(kind.key()).append("\" class=\"").append(weight(kind))
                .append("\">\n<summary><span class=\"tag\">")
                .append(weight(kind)).append("</span>").append(escaped(capital(kind.title()))).append(" · ")
                .append("%,d".formatted(found.size())).append("</summary>\n<p class=\"remedy\">")
                .append(escaped(kind.remedy()))
                .append(".</p>\n<table>\n");
        found.stream().limit(SHOWN).forEach(finding -> out.append("<tr><td>").append(escaped(place(finding)))
                .append("</td><td>").append(escaped(finding.reason())).append("<br/><span class=\"id\">")
                .append(escaped(finding.id())).append("</span></td></tr>\n"));
        out.append("</table>\n");
        if (found.size() > SHOWN) {
            out.append("<p class=\"remedy\">and %,d more; --json lists all</p>%n".formatted(found.size() - SHOWN));
        }
        out.append("</details>\n");
    }

    /// The line alone: the file is in the heading.
    private String place(Finding finding) {
        String line = finding.place().substring(finding.place().lastIndexOf(':') + 1);
        return finding.place().equals(report.file()) ? "all rows" : "line " + line;
    }

    private static String weight(Kind kind) {
        return kind.isError() ? "error" : "note";
    }

    private static String capital(String text) {
        return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    }

    /// Text for HTML: marks as entities, and what no page may hold as the replacement character.
    static String escaped(String text) {
        var escaped = new StringBuilder();
        text.codePoints().forEach(c -> {
            switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> escaped.appendCodePoint(c < ' ' && c != '\n' && c != '\t' || c >= 0xD800 && c <= 0xDFFF
                        || c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 ? 0xFFFD : c);
            }
        });
        return escaped.toString();
    }
}
