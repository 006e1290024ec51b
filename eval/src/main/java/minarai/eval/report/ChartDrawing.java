package minarai.eval.report;

import java.util.List;
import minarai.eval.report.Curve.Point;

/// A chart as an SVG figure.
record ChartDrawing(Chart chart, int number, Axis steps, Axis values) {

    private static final double WIDTH = 460;
    private static final double HEIGHT = 240;
    private static final double LEFT = 54;
    private static final double RIGHT = 14;
    private static final double TOP = 12;
    private static final double BOTTOM = 40;
    /// Colours and dashes there are for curves; further ones begin again.
    private static final int STYLES = 4;

    static ChartDrawing of(Chart chart, int number) {
        List<Point> points = chart.curves().stream().flatMap(curve -> curve.points().stream())
                .filter(Point::isFinite).toList();
        double least = points.stream().mapToDouble(Point::value).min().orElse(0);
        double most = points.stream().mapToDouble(Point::value).max().orElse(1);
        var steps = Axis.covering(points.stream().mapToDouble(Point::step).min().orElse(0) <= 1 ? 0
                : points.stream().mapToDouble(Point::step).min().orElse(0),
                points.stream().mapToDouble(Point::step).max().orElse(1), 5);
        return new ChartDrawing(chart, number, steps, Axis.covering(chart.fromZero() ? Math.min(0, least) : least,
                most, 4));
    }

    void draw(StringBuilder out) {
        out.append("<figure class=\"chart\"><figcaption><strong>").append(Markup.text(chart.title()))
                .append("</strong> <span class=\"unit\">").append(Markup.text(chart.unit())).append("</span>");
        drawLegend(out);
        out.append("</figcaption>\n<svg viewBox=\"0 0 ").append(Markup.number(WIDTH)).append(' ')
                .append(Markup.number(HEIGHT)).append("\" role=\"img\" aria-labelledby=\"chart").append(number)
                .append("\"><title id=\"chart").append(number).append("\">").append(Markup.plain(description()))
                .append("</title>\n");
        drawAxes(out);
        for (int index = 0; index < chart.curves().size(); index++) {
            drawCurve(out, chart.curves().get(index), index % STYLES);
        }
        out.append("</svg></figure>\n");
    }

    private void drawLegend(StringBuilder out) {
        if (chart.curves().size() < 2) {
            return;
        }
        out.append("<span class=\"legend\">");
        for (int index = 0; index < chart.curves().size(); index++) {
            out.append("<span><svg width=\"22\" height=\"10\" aria-hidden=\"true\"><line class=\"curve c")
                    .append(index % STYLES).append("\" x1=\"1\" x2=\"21\" y1=\"5\" y2=\"5\"/></svg> ")
                    .append(Markup.text(chart.curves().get(index).name())).append("</span>");
        }
        out.append("</span>");
    }

    private void drawAxes(StringBuilder out) {
        for (double tick : values.ticks()) {
            String y = Markup.number(y(tick));
            out.append("<line class=\"grid\" x1=\"").append(Markup.number(LEFT)).append("\" x2=\"")
                    .append(Markup.number(WIDTH - RIGHT)).append("\" y1=\"").append(y).append("\" y2=\"").append(y)
                    .append("\"/><text class=\"tick end\" x=\"").append(Markup.number(LEFT - 7)).append("\" y=\"")
                    .append(Markup.number(y(tick) + 4)).append("\">").append(values.label(tick)).append("</text>\n");
        }
        for (double tick : steps.ticks()) {
            out.append("<text class=\"tick middle\" x=\"").append(Markup.number(x(tick))).append("\" y=\"")
                    .append(Markup.number(HEIGHT - BOTTOM + 17)).append("\">").append(steps.label(tick))
                    .append("</text>\n");
        }
        out.append("<line class=\"axis\" x1=\"").append(Markup.number(LEFT)).append("\" x2=\"")
                .append(Markup.number(WIDTH - RIGHT)).append("\" y1=\"").append(Markup.number(HEIGHT - BOTTOM))
                .append("\" y2=\"").append(Markup.number(HEIGHT - BOTTOM)).append("\"/>")
                .append("<text class=\"tick middle\" x=\"").append(Markup.number((LEFT + WIDTH - RIGHT) / 2))
                .append("\" y=\"").append(Markup.number(HEIGHT - 6)).append("\">")
                .append(Markup.plain(chart.stepsName())).append("</text>\n");
    }

    private void drawCurve(StringBuilder out, Curve curve, int style) {
        var path = new StringBuilder();
        boolean isDrawing = false;
        for (Point point : curve.thinned()) {
            if (point.isFinite()) {
                path.append(isDrawing ? 'L' : 'M').append(Markup.number(x(point.step()))).append(' ')
                        .append(Markup.number(y(point.value())));
            }
            isDrawing = point.isFinite();
        }
        if (!path.isEmpty()) {
            out.append("<path class=\"curve c").append(style).append("\" d=\"").append(path).append("\"/>\n");
        }
    }

    private String description() {
        var description = new StringBuilder(chart.title()).append(" in ").append(chart.unit()).append(" over ")
                .append(chart.stepsName());
        for (Curve curve : chart.curves()) {
            var finite = curve.points().stream().filter(Point::isFinite).toList();
            if (!finite.isEmpty()) {
                description.append("; ").append(curve.name()).append(" from ")
                        .append(Quantity.of(finite.getFirst().value())).append(" to ")
                        .append(Quantity.of(finite.getLast().value()));
            }
        }
        return description.toString();
    }

    private double x(double step) {
        return LEFT + steps.position(step) * (WIDTH - LEFT - RIGHT);
    }

    private double y(double value) {
        return HEIGHT - BOTTOM - values.position(value) * (HEIGHT - TOP - BOTTOM);
    }
}
