package minarai.eval.report;

import java.util.List;
import minarai.eval.Figures;

/// Scores as dots on a scale from 0 to 100 %, with their intervals: the page's hero.
record IntervalPlot(List<ScoreGroup> groups) {

    private static final List<Integer> TICKS = List.of(0, 25, 50, 75, 100);

    void draw(StringBuilder out) {
        out.append("<figure class=\"hero\">\n<div class=\"plot\">\n");
        for (ScoreGroup group : groups) {
            out.append("<div class=\"group\"><h3>").append(Markup.text(group.name())).append("</h3>");
            if (!group.explanation().isEmpty()) {
                out.append("<p>").append(Markup.text(group.explanation())).append("</p>");
            }
            out.append("</div>\n");
            group.scores().forEach(score -> drawRow(out, score));
        }
        out.append("<span class=\"arm\"></span><svg class=\"scale\" aria-hidden=\"true\">");
        for (int tick : TICKS) {
            out.append("<text class=\"tick ").append(tick == 0 ? "start" : tick == 100 ? "end" : "middle")
                    .append("\" x=\"").append(tick).append("%\" y=\"14\">").append(tick)
                    .append(tick == 100 ? " %" : "").append("</text>");
        }
        out.append("</svg><span class=\"value\"></span>\n</div>\n<figcaption>Mean score of the answers; by exact match"
                + " it is the share of right ones. A dot is what was measured, the bar its interval of confidence:"
                + " repeated with other questions of the same kind, the score would mostly stay within.</figcaption>"
                + "</figure>\n");
    }

    private static void drawRow(StringBuilder out, Score score) {
        String kind = score.isTuned() ? "tuned" : "base";
        String low = Markup.number(100 * score.interval().low());
        String high = Markup.number(100 * score.interval().high());
        String value = Markup.number(100 * score.value());
        out.append("<span class=\"arm ").append(kind).append("\">").append(Markup.text(score.arm()))
                .append("</span><svg class=\"row ").append(kind).append("\" role=\"img\"><title>")
                .append(Markup.plain(score.arm())).append(": ").append(Figures.percent(score.value()))
                .append(" %, interval ").append(range(score)).append("</title>");
        for (int tick : TICKS) {
            out.append("<line class=\"grid\" x1=\"").append(tick).append("%\" x2=\"").append(tick)
                    .append("%\" y1=\"0\" y2=\"100%\"/>");
        }
        out.append("<line class=\"bar\" x1=\"").append(low).append("%\" x2=\"").append(high)
                .append("%\" y1=\"50%\" y2=\"50%\"/><circle class=\"dot\" cx=\"").append(value)
                .append("%\" cy=\"50%\" r=\"6\"/></svg><span class=\"value ").append(kind).append("\"><b>")
                .append(Figures.percent(score.value())).append(" %</b></span>\n");
    }

    /// The interval in percent, e.g. `62.7 to 90.5 %`.
    static String range(Score score) {
        return Figures.percent(score.interval().low()) + " to " + Figures.percent(score.interval().high()) + " %";
    }
}
