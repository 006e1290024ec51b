package minarai.eval.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Values over steps, in ascending order of steps. A value that is not finite leaves a gap.
public record Curve(String name, List<Point> points) {

    private static final int MOST_POINTS = 600;

    /// @param step  number of the update
    /// @param value what was measured there
    public record Point(double step, double value) {

        boolean isFinite() {
            return Double.isFinite(step) && Double.isFinite(value);
        }
    }

    public Curve {
        points = List.copyOf(points);
    }

    /// A value a step, from step 1 on.
    public static Curve perStep(String name, List<Double> values) {
        List<Point> points = new ArrayList<>();
        for (int index = 0; index < values.size(); index++) {
            points.add(new Point(index + 1.0, values.get(index)));
        }
        return new Curve(name, points);
    }

    /// At most some 900 points: of every stretch its least and its greatest, so that no spike is lost, and a gap where
    /// it has one.
    List<Point> thinned() {
        if (points.size() <= MOST_POINTS) {
            return points;
        }
        int stretch = Math.ceilDiv(2 * points.size(), MOST_POINTS);
        List<Point> thinned = new ArrayList<>();
        for (int start = 0; start < points.size(); start += stretch) {
            addExtremes(points.subList(start, Math.min(start + stretch, points.size())), thinned);
        }
        return thinned;
    }

    private static void addExtremes(List<Point> stretch, List<Point> thinned) {
        var byValue = Comparator.comparingDouble(Point::value);
        List<Point> finite = stretch.stream().filter(Point::isFinite).toList();
        Stream.of(finite.stream().min(byValue), finite.stream().max(byValue),
                stretch.stream().filter(point -> !point.isFinite()).findFirst()).flatMap(Optional::stream).distinct()
                .sorted(Comparator.comparingInt(stretch::indexOf)).forEach(thinned::add);
    }
}
