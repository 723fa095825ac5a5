package io.offheap.bench.report;

import static io.offheap.bench.report.Markup.coordinate;
import static io.offheap.bench.report.Markup.escape;

import java.util.List;
import java.util.stream.Collectors;

/// Who passed what: a row for each contestant, a column for each trial. A cell that passed is filled and has a figure;
/// one that did not is outlined, crossed out and says why, so that the two differ without colour too.
public final class MatrixChart {

    private static final double WIDTH = 440;
    private static final double NAMES_WIDTH = 122;
    private static final double HEAD = 50;
    private static final double ROW = 27;
    private static final double GAP = 3;
    private static final double HEADING_ROW = 13;

    private MatrixChart() {}

    /// {@return the chart as an SVG element}
    ///
    /// @param title says what is shown, for those who cannot see it too
    /// @param columns headings; `/` begins a new line
    /// @param rows one for each contestant, as many cells as there are columns
    public static String svg(String title, List<String> columns, List<Row> rows) {
        final double width = (WIDTH - NAMES_WIDTH) / columns.size();
        final StringBuilder svg = new StringBuilder();
        svg.append(Markup.svg(WIDTH, HEAD + ROW * rows.size() + 4, title, rows.stream()
                .map(row -> row.name() + ": " + row.cells().stream().map(Cell::text).collect(Collectors.joining(", ")))
                .collect(Collectors.joining("; "))));
        for (int column = 0; column < columns.size(); column++) {
            heading(svg, columns.get(column), NAMES_WIDTH + column * width + width / 2);
        }
        for (int row = 0; row < rows.size(); row++) {
            append(svg, rows.get(row), HEAD + row * ROW, width);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void heading(StringBuilder svg, String heading, double middle) {
        final String[] lines = heading.split("/");
        for (int line = 0; line < lines.length; line++) {
            svg.append("<text class=\"axis heading\" x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text>".formatted(
                    coordinate(middle),
                    coordinate(HEAD - 8 - HEADING_ROW * (lines.length - 1 - line)),
                    escape(lines[line])));
        }
        svg.append('\n');
    }

    private static void append(StringBuilder svg, Row row, double top, double width) {
        svg.append("<g class=\"name %s\"><text class=\"label\" x=\"0\" y=\"%s\">%s</text></g>"
                .formatted(Look.of(row.name()), coordinate(top + ROW / 2 + 3), escape(row.name())));
        for (int column = 0; column < row.cells().size(); column++) {
            cell(svg, row.name(), row.cells().get(column), NAMES_WIDTH + column * width, top, width);
        }
        svg.append('\n');
    }

    private static void cell(StringBuilder svg, String name, Cell cell, double left, double top, double width) {
        if (cell.text().isEmpty()) {
            return;
        }
        svg.append("<g class=\"cell %s\"><title>%s</title>"
                .formatted(cell.isPassed() ? "passed" : "lost", escape(name + ": " + cell.hint())));
        svg.append("<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"4\"/>".formatted(
                coordinate(left + GAP), coordinate(top + GAP / 2), coordinate(width - 2 * GAP), coordinate(ROW - GAP)));
        svg.append("<text x=\"%s\" y=\"%s\" text-anchor=\"middle\">%s</text></g>".formatted(
                coordinate(left + width / 2),
                coordinate(top + ROW / 2 + 3.5),
                escape((cell.isPassed() ? "\u2713 " : "\u2715 ") + cell.text())));
    }

    /// One contestant.
    ///
    /// @param name stands at the left, and decides its [Look]
    /// @param cells from left to right
    public record Row(String name, List<Cell> cells) {}

    /// One trial of one contestant.
    ///
    /// @param isPassed whether it passed
    /// @param text what is written; empty for a trial it had no part in
    /// @param hint what is told beside that
    public record Cell(boolean isPassed, String text, String hint) {}
}
