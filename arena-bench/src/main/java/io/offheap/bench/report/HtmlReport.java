package io.offheap.bench.report;

import static io.offheap.bench.report.Markup.escape;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// One page that holds all it needs: no script, no font, no picture is loaded. It follows the reader's choice
/// of light or dark, and is narrow enough for a phone.
public final class HtmlReport {

    private static final String STYLE = style();

    private final StringBuilder body = new StringBuilder();
    private final List<Contents> contents = new ArrayList<>();
    private final String title;
    private boolean isInFigures;

    /// A page with this title.
    public HtmlReport(String title) {
        this.title = title;
    }

    /// {@return a page that is one plot and nothing else, on light paper: what a picture is taken of}
    ///
    /// @param heading what is shown
    /// @param svg an SVG element
    public static String picture(String heading, String svg) {
        return page(heading, "<h3>%s</h3>%s".formatted(escape(heading), svg), " class=\"light picture\"");
    }

    /// Adds a heading, and a line to the table of contents where it has more than a few.
    public HtmlReport heading(String text) {
        contents.add(new Contents("s" + contents.size(), text));
        block("<h2 id=\"%s\">%s</h2>\n".formatted(contents.getLast().id(), escape(text)));
        return this;
    }

    /// {@return the heading that was added last; empty before the first}
    public String latestHeading() {
        return contents.isEmpty() ? "" : contents.getLast().text();
    }

    /// Adds a paragraph.
    public HtmlReport paragraph(String text) {
        block("<p>%s</p>\n".formatted(escape(text)));
        return this;
    }

    /// Adds a plot. Plots that follow each other stand side by side where there is room.
    ///
    /// @param svg an SVG element
    /// @param caption what to see in it
    public HtmlReport figure(String svg, String caption) {
        return figure("", svg, caption);
    }

    /// Adds a plot with a heading of its own.
    ///
    /// @param heading what is shown; empty for none
    public HtmlReport figure(String heading, String svg, String caption) {
        if (!isInFigures) {
            body.append("<div class=\"figures\">\n");
            isInFigures = true;
        }
        body.append("<figure>");
        if (!heading.isEmpty()) {
            body.append("<h3>").append(escape(heading)).append("</h3>\n");
        }
        body.append(svg).append("<figcaption>").append(escape(caption)).append("</figcaption></figure>\n");
        return this;
    }

    /// Adds a table, which scrolls sideways where it does not fit.
    public HtmlReport table(Table table) {
        block(html(table));
        return this;
    }

    /// Adds a table in which ratios, above 1 for better, are marked as such.
    ///
    /// @param firstRatio the column in which ratios begin
    public HtmlReport ratios(Table table, int firstRatio) {
        final String rows = table.body().stream()
                .map(cells -> row("td", cells.subList(0, firstRatio)).replace("</tr>\n", "")
                        + cells.stream().skip(firstRatio).map(HtmlReport::ratio).collect(Collectors.joining())
                        + "</tr>\n")
                .collect(Collectors.joining());
        block("<div class=\"wide\"><table>\n<thead>%s</thead>\n<tbody>\n%s</tbody></table></div>\n"
                .formatted(row("th", table.headings()), rows));
        return this;
    }

    /// Adds tables that are shown when the reader asks for them.
    ///
    /// @param summary what is in them
    public HtmlReport folded(String summary, List<Table> tables) {
        block("<details><summary>%s</summary>\n%s</details>\n".formatted(
                escape(summary), tables.stream().map(HtmlReport::html).collect(Collectors.joining())));
        return this;
    }

    /// Adds lines as they are, such as commands.
    public HtmlReport lines(List<String> lines) {
        block("<pre>%s</pre>\n".formatted(escape(String.join("\n", lines))));
        return this;
    }

    /// Adds claims and whether they hold.
    public HtmlReport verdicts(List<Verdict> verdicts) {
        final String items = verdicts.stream()
                .map(verdict -> "<li class=\"%s\">%s</li>\n"
                        .formatted(verdict.holds() ? "ok" : "miss", escape(verdict.text())))
                .collect(Collectors.joining());
        block("<ul class=\"verdicts\">\n%s</ul>\n".formatted(items));
        return this;
    }

    /// {@return the page}
    public String html() {
        endFigures();
        return page(title, "<h1>%s</h1>\n%s%s".formatted(escape(title), navigation(), body), "");
    }

    private void block(String markup) {
        endFigures();
        body.append(markup);
    }

    private void endFigures() {
        if (isInFigures) {
            body.append("</div>\n");
            isInFigures = false;
        }
    }

    private String navigation() {
        return contents.size() < 4
                ? ""
                : contents.stream()
                        .map(line -> "<a href=\"#%s\">%s</a>".formatted(line.id(), escape(line.text())))
                        .collect(Collectors.joining("\n", "<nav>\n", "\n</nav>\n"));
    }

    private static String page(String title, String body, String classes) {
        return """
                <!DOCTYPE html>
                <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
                <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1"/>
                <title>%s</title>
                <style>
                %s</style>
                </head>
                <body%s>
                %s</body>
                </html>
                """
                .formatted(escape(title), STYLE, classes, body);
    }

    private static String html(Table table) {
        return "<div class=\"wide\"><table>\n<thead>%s</thead>\n<tbody>\n%s</tbody></table></div>\n".formatted(
                row("th", table.headings()),
                table.body().stream().map(cells -> row("td", cells)).collect(Collectors.joining()));
    }

    private static String row(String cell, List<String> cells) {
        return cells.stream()
                .map(text -> "<%1$s>%2$s</%1$s>".formatted(cell, escape(text)))
                .collect(Collectors.joining("", "<tr>", "</tr>\n"));
    }

    private static String ratio(String text) {
        final boolean isNumber = text.matches("[0-9.]+[kMG]?");
        final boolean isBetter = isNumber && (!text.matches("[0-9.]+") || Double.parseDouble(text) >= 1);
        return "<td class=\"%s\">%s</td>".formatted(isBetter ? "better" : isNumber ? "worse" : "none", escape(text));
    }

    private static String style() {
        try (InputStream file = HtmlReport.class.getResourceAsStream("report.css")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private record Contents(String id, String text) {}

    /// A claim.
    ///
    /// @param holds whether it does
    /// @param text what is claimed
    public record Verdict(boolean holds, String text) {}
}
