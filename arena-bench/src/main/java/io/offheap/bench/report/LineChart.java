package io.offheap.bench.report;

import static io.offheap.bench.report.Markup.coordinate;
import static io.offheap.bench.report.Markup.escape;

import java.util.List;
import java.util.stream.Collectors;

/// Lines over a common axis, with grid, ticks and a legend. At most [#MOST_LINES] lines can be told apart.
public final class LineChart {

    /// How many lines have a colour of their own.
    public static final int MOST_LINES = 6;

    private static final double WIDTH = 420;
    private static final double LEFT = 40;
    private static final double TOP = 20;
    private static final double PLOT_HEIGHT = 200;
    private static final double PLOT_WIDTH = WIDTH - LEFT - 16;
    private static final double BOTTOM = TOP + PLOT_HEIGHT;
    private static final double LEGEND_TOP = BOTTOM + 44;
    private static final double LEGEND_ROW = 18;
    private static final int LEGEND_COLUMNS = 2;
    private static final int TICKS = 5;

    private final StringBuilder svg = new StringBuilder();
    private final Scale across;
    private final Scale up;

    private LineChart(List<Line> lines) {
        across = Scale.upTo(most(lines, true), TICKS);
        up = Scale.upTo(most(lines, false), TICKS);
    }

    /// {@return the chart as an SVG element}
    ///
    /// @param title says what is shown, for those who cannot see it too
    /// @param acrossUnit the unit of the axis from left to right
    /// @param upUnit the unit of the other one
    public static String svg(String title, String acrossUnit, String upUnit, List<Line> lines) {
        if (lines.size() > MOST_LINES) {
            throw new IllegalArgumentException(lines.size() + " lines, at most " + MOST_LINES);
        }
        final LineChart chart = new LineChart(lines);
        chart.open(title, lines.size());
        chart.grid(acrossUnit, upUnit);
        for (int index = 0; index < lines.size(); index++) {
            chart.line(index, lines.get(index));
        }
        return chart.svg.append("</svg>\n").toString();
    }

    private void open(String title, int lines) {
        final int legendRows = (lines + LEGEND_COLUMNS - 1) / LEGEND_COLUMNS;
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" role=\"img\">"
                .formatted(coordinate(WIDTH), coordinate(LEGEND_TOP + legendRows * LEGEND_ROW)));
        svg.append("<title>").append(escape(title)).append("</title>\n");
    }

    private void grid(String acrossUnit, String upUnit) {
        for (double tick : up.ticks()) {
            svg.append("<path class=\"grid\" d=\"M%s %sh%s\"/>"
                    .formatted(coordinate(LEFT), coordinate(y(tick)), coordinate(PLOT_WIDTH)));
            text(LEFT - 6, y(tick) + 4, "end", up.label(tick));
        }
        for (double tick : across.ticks()) {
            text(x(tick), BOTTOM + 16, "middle", across.label(tick));
        }
        text(0, TOP - 8, "start", upUnit);
        text(LEFT + PLOT_WIDTH, BOTTOM + 30, "end", acrossUnit);
        svg.append('\n');
    }

    private void line(int index, Line line) {
        final String points = line.points().stream()
                .map(point -> coordinate(x(point.across())) + "," + coordinate(y(point.up())))
                .collect(Collectors.joining(" "));
        svg.append("<g class=\"line c%d\"><title>%s</title><polyline points=\"%s\"/>"
                .formatted(index, escape(line.name()), points));
        final double left = index % LEGEND_COLUMNS * WIDTH / LEGEND_COLUMNS;
        final double base = LEGEND_TOP + index / LEGEND_COLUMNS * LEGEND_ROW;
        svg.append("<path d=\"M%s %sh18\"/>".formatted(coordinate(left), coordinate(base - 4)));
        text(left + 24, base, "start", line.name());
        svg.append("</g>\n");
    }

    private void text(double x, double y, String anchor, String text) {
        svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"%s\">%s</text>"
                .formatted(coordinate(x), coordinate(y), anchor, escape(text)));
    }

    private double x(double value) {
        return LEFT + across.share(value) * PLOT_WIDTH;
    }

    private double y(double value) {
        return BOTTOM - up.share(value) * PLOT_HEIGHT;
    }

    private static double most(List<Line> lines, boolean across) {
        return lines.stream()
                .flatMap(line -> line.points().stream())
                .mapToDouble(point -> across ? point.across() : point.up())
                .max()
                .orElse(1);
    }

    /// One line.
    ///
    /// @param name for the legend
    /// @param points from left to right
    public record Line(String name, List<Point> points) {}

    /// One point, of figures that are not negative.
    ///
    /// @param across from left to right
    /// @param up from bottom to top
    public record Point(double across, double up) {}
}
