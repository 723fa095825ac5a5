package io.offheap.bench.report;

import static io.offheap.bench.report.Markup.coordinate;
import static io.offheap.bench.report.Markup.escape;
import static io.offheap.bench.report.Markup.figure;

import java.util.List;
import java.util.stream.Collectors;

/// Bars that lie one below the other, each between its name and its figure, with a whisker from the least to the most
/// that was seen. Narrow on purpose: the text stays readable on a phone.
public final class BarChart {

    private static final double WIDTH = 440;
    private static final double ROW = 23;
    private static final double NAMES_WIDTH = 168;
    private static final double FIGURES_WIDTH = 56;
    private static final double BARS_WIDTH = WIDTH - NAMES_WIDTH - FIGURES_WIDTH;
    private static final double TEXT_BASE = 15;
    private static final double BAR_TOP = 5;
    private static final double BAR_HEIGHT = 13;
    private static final double WHISKER_HALF = 3.5;

    private BarChart() {}

    /// {@return the chart as an SVG element}
    ///
    /// @param title says what is shown, for those who cannot see it too
    public static String svg(String title, String unit, List<Bar> bars) {
        final double most = bars.stream().mapToDouble(Bar::most).filter(end -> end > 0).max().orElse(1);
        final StringBuilder svg = new StringBuilder();
        svg.append(Markup.svg(WIDTH, ROW * bars.size() + 4, title, bars.stream()
                .map(bar -> "%s %s %s".formatted(bar.name(), figure(bar.value()), unit))
                .collect(Collectors.joining(", "))));
        for (int row = 0; row < bars.size(); row++) {
            append(svg, bars.get(row), unit, row * ROW, BARS_WIDTH / most);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void append(StringBuilder svg, Bar bar, String unit, double top, double perUnit) {
        final String range = "%s: %s %s, from %s to %s"
                .formatted(bar.name(), figure(bar.value()), unit, figure(bar.least()), figure(bar.most()));
        svg.append("<g class=\"%s\"><title>%s</title>".formatted(Look.of(bar.name()), escape(range)));
        svg.append("<text class=\"label\" x=\"0\" y=\"%s\">%s</text>"
                .formatted(coordinate(top + TEXT_BASE), escape(bar.name())));
        svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"end\" class=\"figure\">%s</text>"
                .formatted(coordinate(WIDTH), coordinate(top + TEXT_BASE), figure(bar.value())));
        svg.append("<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"2\" class=\"bar\"/>"
                .formatted(
                        coordinate(NAMES_WIDTH),
                        coordinate(top + BAR_TOP),
                        coordinate(Math.max(0, bar.value() * perUnit)),
                        coordinate(BAR_HEIGHT)));
        final double middle = top + BAR_TOP + BAR_HEIGHT / 2;
        svg.append("<path class=\"whisker\" d=\"M%1$s %4$sV%5$sM%1$s %3$sH%2$sM%2$s %4$sV%5$s\"/></g>\n"
                .formatted(
                        coordinate(NAMES_WIDTH + Math.max(0, bar.least() * perUnit)),
                        coordinate(NAMES_WIDTH + Math.max(0, bar.most() * perUnit)),
                        coordinate(middle),
                        coordinate(middle - WHISKER_HALF),
                        coordinate(middle + WHISKER_HALF)));
    }

    /// One bar.
    ///
    /// @param name of what was measured; decides its [Look]
    /// @param value the length; drawn as nothing when it is negative
    /// @param least where the whisker begins
    /// @param most where the whisker ends
    public record Bar(String name, double value, double least, double most) {}
}
