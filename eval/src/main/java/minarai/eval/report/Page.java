package minarai.eval.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import minarai.eval.Figures;
import minarai.eval.Forgetting;

/// Puts the sections of a report together, in the order a reader asks: did it help, how sure is that, what did it
/// cost, what does it get wrong, how was it made.
final class Page {

    private final Report report;
    private final StringBuilder out = new StringBuilder();

    Page(Report report) {
        this.report = report;
    }

    String html() {
        out.append("""
                <!DOCTYPE html>
                <html lang="en">
                <head>
                <meta charset="utf-8"/>
                <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <meta name="color-scheme" content="light dark"/>
                <title>""").append(Markup.plain(report.title())).append("</title>\n<style>\n").append(style())
                .append("</style>\n</head>\n<body>\n<main>\n<header>\n<p class=\"brand\">Minarai <span lang=\"ja\">"
                        + "見習い</span></p>\n<h1>").append(Markup.text(report.title()))
                .append("</h1>\n<p class=\"verdict\">").append(Markup.text(report.verdict()))
                .append("</p>\n</header>\n");
        section("Before and after", report.groups().isEmpty(), this::scores);
        section("What it cost", report.forgetting().isEmpty(), () -> report.forgetting().forEach(this::forgetting));
        section("Answers before and after", report.examples().isEmpty(), this::examples);
        section("Every wrong answer", report.groups().isEmpty() && report.wrong().isEmpty(), this::wrongAnswers);
        section("The training", report.charts().isEmpty(), this::charts);
        section("Planned and measured", report.budgets().isEmpty(), this::budgets);
        section("Provenance", report.provenance().isEmpty(), this::provenance);
        section("How the figures came about", report.methods().isEmpty(), this::methods);
        return out.append("</main>\n</body>\n</html>\n").toString();
    }

    private void section(String heading, boolean isEmpty, Runnable content) {
        if (!isEmpty) {
            out.append("<section>\n<h2>").append(heading).append("</h2>\n");
            content.run();
            out.append("</section>\n");
        }
    }

    private void scores() {
        new IntervalPlot(report.groups()).draw(out);
        tableStart("Scores with their intervals", "Questions", "Model", "Score", level() + "interval", "Items",
                "Clusters", "p against " + tuned());
        for (ScoreGroup group : report.groups()) {
            out.append("<tbody>\n");
            for (int row = 0; row < group.scores().size(); row++) {
                Score score = group.scores().get(row);
                out.append(score.isTuned() ? "<tr class=\"tuned\">" : "<tr>");
                if (row == 0) {
                    out.append("<th scope=\"rowgroup\" rowspan=\"").append(group.scores().size()).append("\">")
                            .append(Markup.text(group.name())).append("</th>");
                }
                cells(score);
            }
            out.append("</tbody>\n");
        }
        out.append("</table></div>\n");
    }

    /// What the others are compared with, where it has the same name everywhere.
    private String tuned() {
        var names = report.groups().stream().flatMap(group -> group.scores().stream()).filter(Score::isTuned)
                .map(Score::arm).distinct().toList();
        return names.size() == 1 ? Markup.text(names.getFirst()) : "tuned";
    }

    /// The level of the intervals before their heading, where all have the same.
    private String level() {
        var levels = report.groups().stream().flatMap(group -> group.scores().stream())
                .map(score -> score.interval().level()).distinct().toList();
        return levels.size() == 1 ? Figures.percent(levels.getFirst()) + " % " : "";
    }

    private void cells(Score score) {
        cell("", Markup.text(score.arm()));
        cell("n", Figures.percent(score.value()) + " %");
        cell("n", IntervalPlot.range(score));
        cell("n", Integer.toString(score.items()));
        cell("n", Integer.toString(score.clusters()));
        cell("n", score.p().isPresent()
                ? Markup.plain(Figures.p(score.p().getAsDouble()).replaceFirst("^= ", "")) : "");
        out.append("</tr>\n");
    }

    private void forgetting(Forgetting forgetting) {
        double before = forgetting.before().bitsPerByte();
        double after = forgetting.after().bitsPerByte();
        out.append("<div class=\"cost\"><p class=\"figure\">").append(Figures.points(forgetting.growth()))
                .append(" %</p><p>Bits per byte of ").append(Markup.text(forgetting.text())).append(": <b>")
                .append(Quantity.of(before)).append("</b> before, <b>").append(Quantity.of(after))
                .append("</b> after (").append(String.format(Locale.ROOT, "%,d", forgetting.before().bytes()))
                .append(" bytes; lower is better, growth is forgetting).").append(sure(forgetting))
                .append(lost(forgetting))
                .append("</p></div>\n");
        if (!forgetting.lost().isEmpty()) {
            tableStart("Right before, wrong after", "Question", "Expected", "Before", "After");
            out.append("<tbody>\n");
            forgetting.lost().forEach(lost -> quoteRow(lost.item().prompt(),
                    String.join(" / ", lost.item().expected()), lost.base().text(), lost.tuned().text()));
            out.append("</tbody></table></div>\n");
        }
    }

    private static String sure(Forgetting forgetting) {
        return forgetting.sure().map(estimate -> String.format(Locale.ROOT,
                " %s %% interval of the growth over %,d texts: %s to %s %%%s.",
                Figures.percent(estimate.interval().level()), estimate.clusters(),
                Figures.points(estimate.interval().low()), Figures.points(estimate.interval().high()),
                estimate.interval().contains(0) ? ", so no change is shown" : "")).orElse("");
    }

    private static String lost(Forgetting forgetting) {
        return switch (forgetting.known()) {
            case 0 -> "";
            case 1 -> " The one question the base had right, the tuned model gets "
                    + (forgetting.lost().isEmpty() ? "right too." : "wrong.");
            default -> " Of " + forgetting.known() + " questions the base had right, the tuned model gets "
                    + (forgetting.lost().isEmpty() ? "none" : forgetting.lost().size()) + " wrong.";
        };
    }

    private void examples() {
        tableStart("Answers before and after", "Question", "Expected", "Before", "After");
        out.append("<tbody>\n");
        report.examples().forEach(example -> quoteRow(example.question(), example.expected(), example.before(),
                example.after()));
        out.append("</tbody></table></div>\n");
    }

    private void wrongAnswers() {
        if (report.wrong().isEmpty()) {
            out.append("<p>There is none.</p>\n");
        }
        Map<String, List<WrongAnswer>> byGroup = report.wrong().stream()
                .collect(Collectors.groupingBy(WrongAnswer::group, LinkedHashMap::new, Collectors.toList()));
        byGroup.forEach((group, answers) -> {
            out.append("<details open=\"open\"><summary>").append(Markup.text(group)).append(" <span class=\"unit\">")
                    .append(answers.size()).append(answers.size() == 1 ? " answer" : " answers")
                    .append("</span></summary>\n");
            tableStart("Wrong answers: " + group, "Question", "Expected", "Got", "Cluster");
            out.append("<tbody>\n");
            answers.forEach(wrong -> quoteRow(wrong.question(), wrong.expected(), wrong.got(), wrong.cluster()));
            out.append("</tbody></table></div></details>\n");
        });
    }

    private void charts() {
        out.append("<div class=\"charts\">\n");
        for (int number = 0; number < report.charts().size(); number++) {
            ChartDrawing.of(report.charts().get(number), number).draw(out);
        }
        out.append("</div>\n");
    }

    private void budgets() {
        tableStart("Planned and measured", "", "Planned", "Measured", "Measured / planned");
        out.append("<tbody>\n");
        for (Budget budget : report.budgets()) {
            out.append("<tr><th scope=\"row\">").append(Markup.text(budget.what())).append("</th>");
            cell("n", Quantity.of(budget.planned()) + " " + Markup.text(budget.unit()));
            cell("n", Quantity.of(budget.measured()) + " " + Markup.text(budget.unit()));
            cell("n", budget.planned() > 0 ? Figures.percent(budget.measured() / budget.planned()) + " %" : "");
            out.append("</tr>\n");
        }
        out.append("</tbody></table></div>\n");
    }

    private void provenance() {
        out.append("<dl class=\"facts\">\n");
        report.provenance().forEach(fact -> out.append("<div><dt>").append(Markup.text(fact.name()))
                .append("</dt><dd>").append(Markup.text(fact.value())).append("</dd></div>\n"));
        out.append("</dl>\n");
    }

    private void methods() {
        out.append("<ol class=\"methods\">\n");
        for (Method method : report.methods()) {
            out.append("<li><b>").append(Markup.text(method.name())).append(".</b> ")
                    .append(Markup.text(method.explanation()));
            if (!method.signature().isEmpty()) {
                out.append(" <code>").append(Markup.text(method.signature())).append("</code>");
            }
            out.append("</li>\n");
        }
        out.append("</ol>\n");
    }

    /// A table that scrolls by itself where the window is too narrow.
    private void tableStart(String caption, String... headings) {
        out.append("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"").append(Markup.plain(caption))
                .append("\"><table><caption>").append(Markup.text(caption)).append("</caption>\n<thead><tr>");
        for (String heading : headings) {
            out.append(heading.isEmpty() ? "<td></td>" : "<th scope=\"col\">" + heading + "</th>");
        }
        out.append("</tr></thead>\n");
    }

    private void quoteRow(String... texts) {
        out.append("<tr>");
        for (String text : texts) {
            out.append("<td><div class=\"quote\" dir=\"auto\">")
                    .append(text.isEmpty() ? "<i class=\"unit\">nothing</i>" : Markup.text(text))
                    .append("</div></td>");
        }
        out.append("</tr>\n");
    }

    private void cell(String kind, String markup) {
        out.append(kind.isEmpty() ? "<td>" : "<td class=\"" + kind + "\">").append(markup).append("</td>");
    }

    private static String style() {
        try (InputStream style = Page.class.getResourceAsStream("report.css")) {
            if (style == null) {
                throw new IllegalStateException("report.css is missing from this build");
            }
            return new String(style.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("reading the report's own style: " + e.getMessage(), e);
        }
    }
}
