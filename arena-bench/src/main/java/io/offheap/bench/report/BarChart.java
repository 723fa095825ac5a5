package io.offheap.bench.report;

import static io.offheap.bench.report.Markup.coordinate;
import static io.offheap.bench.report.Markup.escape;
import static io.offheap.bench.report.Markup.figure;

import java.util.List;

/// Bars that lie one below the other, each with its name and figure above it and a whisker from the least
/// to the most that was seen. Narrow on purpose: the text stays readable on a phone.
public final class BarChart {

    private static final double WIDTH = 420;
    private static final double ROW = 40;
    private static final double TEXT_BASE = 14;
    private static final double BAR_TOP = 20;
    private static final double BAR_HEIGHT = 11;
    private static final double WHISKER_HALF = 4;

    private BarChart() {}

    /// {@return the chart as an SVG element}
    ///
    /// @param title says what is shown, for those who cannot see it too
    public static String svg(String title, String unit, List<Bar> bars) {
        final double most = bars.stream().mapToDouble(Bar::most).filter(end -> end > 0).max().orElse(1);
        final StringBuilder svg = new StringBuilder();
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %s %s\" role=\"img\">"
                .formatted(coordinate(WIDTH), coordinate(ROW * bars.size() + 4)));
        svg.append("<title>").append(escape(title)).append("</title>\n");
        for (int row = 0; row < bars.size(); row++) {
            append(svg, bars.get(row), unit, row * ROW, WIDTH / most);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void append(StringBuilder svg, Bar bar, String unit, double top, double perUnit) {
        final String range = "%s: %s %s, from %s to %s"
                .formatted(bar.name(), figure(bar.value()), unit, figure(bar.least()), figure(bar.most()));
        svg.append("<g><title>").append(escape(range)).append("</title>");
        svg.append("<text x=\"0\" y=\"%s\">%s</text>".formatted(coordinate(top + TEXT_BASE), escape(bar.name())));
        svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"end\" class=\"figure\">%s</text>"
                .formatted(coordinate(WIDTH), coordinate(top + TEXT_BASE), figure(bar.value())));
        svg.append("<rect x=\"0\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"2\" class=\"%s\"/>"
                .formatted(
                        coordinate(top + BAR_TOP),
                        coordinate(bar.value() * perUnit),
                        coordinate(BAR_HEIGHT),
                        bar.isOurs() ? "bar ours" : "bar"));
        final double middle = top + BAR_TOP + BAR_HEIGHT / 2;
        final double left = bar.least() * perUnit;
        final double right = bar.most() * perUnit;
        svg.append("<path class=\"whisker\" d=\"M%1$s %4$sV%5$sM%1$s %3$sH%2$sM%2$s %4$sV%5$s\"/></g>\n"
                .formatted(
                        coordinate(left),
                        coordinate(right),
                        coordinate(middle),
                        coordinate(middle - WHISKER_HALF),
                        coordinate(middle + WHISKER_HALF)));
    }

    /// One bar.
    ///
    /// @param name of what was measured
    /// @param value the length; not negative
    /// @param least where the whisker begins
    /// @param most where the whisker ends
    /// @param isOurs whether it is drawn to be seen first
    public record Bar(String name, double value, double least, double most, boolean isOurs) {}
}
