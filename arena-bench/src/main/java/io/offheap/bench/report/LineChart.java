package io.offheap.bench.report;

import static io.offheap.bench.report.Markup.coordinate;
import static io.offheap.bench.report.Markup.escape;
import static io.offheap.bench.report.Markup.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/// Lines over a common axis, with error bars, and with their names at their ends instead of a legend. Narrow on
/// purpose: the text stays readable on a phone.
public final class LineChart {

    /// How many names fit one below the other.
    public static final int MOST_LINES = 14;

    private static final double WIDTH = 440;
    private static final double LEFT = 40;
    private static final double TOP = 30;
    private static final double PLOT_HEIGHT = 232;
    private static final double NAMES_WIDTH = 118;
    private static final double PLOT_WIDTH = WIDTH - LEFT - NAMES_WIDTH;
    private static final double BOTTOM = TOP + PLOT_HEIGHT;
    private static final double NAMES_LEFT = LEFT + PLOT_WIDTH + 14;
    private static final double HEIGHT = BOTTOM + 40;
    private static final double NAME_ROW = 15;
    private static final double CAP_HALF = 2.5;

    /// The name of an event stands on the side where there is more room.
    private static final double HALF = 0.5;

    /// Labels of the axis below are left out where they would touch the one before.
    private static final double LEAST_GAP = 6;
    private static final double CHARACTER_WIDTH = 6.2;

    private final StringBuilder svg = new StringBuilder();
    private final Axis across;
    private final Axis up;

    private LineChart(Axis across, Axis up) {
        this.across = across;
        this.up = up;
    }

    /// {@return the chart as an SVG element}
    ///
    /// @param title says what is shown, for those who cannot see it too
    /// @param events moments that are marked by a vertical line
    public static String svg(String title, Axis across, Axis up, List<Line> lines, List<Event> events) {
        if (lines.size() > MOST_LINES) {
            throw new IllegalArgumentException(lines.size() + " lines, at most " + MOST_LINES);
        }
        final LineChart chart = new LineChart(across, up);
        chart.svg.append(Markup.svg(WIDTH, HEIGHT, title, description(across, up, lines, events)));
        chart.grid();
        events.forEach(chart::event);
        for (Line line : lines.reversed()) {
            chart.line(line);
        }
        chart.names(lines.stream().filter(line -> !line.points().isEmpty()).toList());
        return chart.svg.append("</svg>\n").toString();
    }

    private static String description(Axis across, Axis up, List<Line> lines, List<Event> events) {
        return "%s by %s, for %s%s".formatted(
                up.unit(),
                across.unit(),
                lines.stream().map(Line::name).collect(Collectors.joining(", ")),
                events.stream().map(event -> "; marked: " + event.name()).collect(Collectors.joining()));
    }

    private void grid() {
        for (Axis.Tick tick : up.ticks()) {
            svg.append("<path class=\"grid\" d=\"M%s %sh%s\"/>"
                    .formatted(coordinate(LEFT), coordinate(y(tick.value())), coordinate(PLOT_WIDTH)));
            text("axis", LEFT - 6, y(tick.value()) + 4, "end", tick.label());
        }
        double free = Double.NEGATIVE_INFINITY;
        for (Axis.Tick tick : across.ticks()) {
            final double half = tick.label().length() * CHARACTER_WIDTH / 2;
            svg.append("<path class=\"tick\" d=\"M%s %sv4\"/>".formatted(coordinate(x(tick.value())), coordinate(BOTTOM)));
            if (x(tick.value()) - half >= free) {
                text("axis", x(tick.value()), BOTTOM + 17, "middle", tick.label());
                free = x(tick.value()) + half + LEAST_GAP;
            }
        }
        text("unit", 0, TOP - 14, "start", up.unit());
        text("unit", LEFT + PLOT_WIDTH, BOTTOM + 34, "end", across.unit());
        svg.append('\n');
    }

    private void event(Event event) {
        svg.append("<g class=\"event\"><path d=\"M%s %sV%s\"/>"
                .formatted(coordinate(x(event.across())), coordinate(TOP - 4), coordinate(BOTTOM)));
        final boolean isLeft = across.share(event.across()) < HALF;
        text("event", x(event.across()) + (isLeft ? 4 : -4), TOP + 4, isLeft ? "start" : "end", event.name());
        svg.append("</g>\n");
    }

    private void line(Line line) {
        svg.append("<g class=\"line %s\"><title>%s</title><polyline points=\"%s\"/>"
                .formatted(Look.of(line.name()), escape(line.name()), points(line)));
        if (line.hasMarks()) {
            line.points().forEach(point -> mark(line, point));
        }
        svg.append("</g>\n");
    }

    private String points(Line line) {
        return line.points().stream()
                .map(point -> coordinate(x(point.across())) + "," + coordinate(y(point.up())))
                .collect(Collectors.joining(" "));
    }

    private void mark(Line line, Point point) {
        svg.append("<g><title>%s</title>".formatted(escape("%s: %s %s, from %s to %s"
                .formatted(line.name(), figure(point.up()), up.unit(), figure(point.least()), figure(point.most())))));
        if (point.most() > point.least()) {
            svg.append("<path class=\"spread\" d=\"M%1$s %3$sV%4$sM%2$s %3$sh5M%2$s %4$sh5\"/>".formatted(
                    coordinate(x(point.across())),
                    coordinate(x(point.across()) - CAP_HALF),
                    coordinate(y(point.most())),
                    coordinate(y(point.least()))));
        }
        svg.append("<circle cx=\"%s\" cy=\"%s\" r=\"2.6\"/></g>"
                .formatted(coordinate(x(point.across())), coordinate(y(point.up()))));
    }

    /// Names stand at the heights of the ends of their lines, moved apart as far as they would overlap.
    private void names(List<Line> lines) {
        final List<Line> byHeight = new ArrayList<>(lines);
        byHeight.sort(Comparator.comparingDouble(line -> y(line.points().getLast().up())));
        final double[] bases = new double[byHeight.size()];
        double least = TOP;
        for (int index = 0; index < bases.length; index++) {
            bases[index] = Math.max(least, y(byHeight.get(index).points().getLast().up()));
            least = bases[index] + NAME_ROW;
        }
        double most = BOTTOM + 4;
        for (int index = bases.length - 1; index >= 0 && bases[index] > most; index--) {
            bases[index] = most;
            most -= NAME_ROW;
        }
        for (int index = 0; index < bases.length; index++) {
            name(byHeight.get(index), bases[index]);
        }
    }

    private void name(Line line, double base) {
        final Point last = line.points().getLast();
        svg.append("<g class=\"name %s\"><path class=\"leader\" d=\"M%s %sL%s %s\"/>".formatted(
                Look.of(line.name()),
                coordinate(x(last.across()) + 4),
                coordinate(y(last.up())),
                coordinate(NAMES_LEFT - 3),
                coordinate(base)));
        text("label", NAMES_LEFT, base + 4, "start", line.name());
        svg.append("</g>\n");
    }

    private void text(String kind, double x, double y, String anchor, String text) {
        svg.append("<text class=\"%s\" x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>"
                .formatted(kind, coordinate(x), coordinate(y), anchor, escape(text)));
    }

    private double x(double value) {
        return LEFT + across.share(value) * PLOT_WIDTH;
    }

    private double y(double value) {
        return BOTTOM - up.share(value) * PLOT_HEIGHT;
    }

    /// One line.
    ///
    /// @param name stands at its end, and decides its [Look]
    /// @param points from left to right
    /// @param hasMarks whether each point is marked; not for lines of many points
    public record Line(String name, List<Point> points, boolean hasMarks) {}

    /// One point.
    ///
    /// @param across from left to right
    /// @param up from bottom to top
    /// @param least where its error bar begins
    /// @param most where it ends
    public record Point(double across, double up, double least, double most) {

        /// A point that was seen once.
        public Point(double across, double up) {
            this(across, up, up, up);
        }
    }

    /// Something that happened.
    ///
    /// @param across when
    /// @param name what
    public record Event(double across, String name) {}
}
