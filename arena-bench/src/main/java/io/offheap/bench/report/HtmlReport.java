package io.offheap.bench.report;

import static io.offheap.bench.report.Markup.escape;

import java.util.List;
import java.util.stream.Collectors;

/// One page that holds all it needs: no script, no font, no picture is loaded. It follows the reader's choice
/// of light or dark, and is narrow enough for a phone.
public final class HtmlReport {

    private static final String STYLE =
            """
            :root { color-scheme: light dark; --ink: #1d2127; --paper: #fdfdfc; --faint: #6b7280; --grid: #e2e4e8;
              --bar: #a9b1bd; --ours: #1f6feb; --ok: #1a7f37; --miss: #b42318;
              --c0: #d9730d; --c1: #b42383; --c2: #6b7280; --c3: #0f8a8a; --c4: #7c4dff; --c5: #1f6feb; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6e8eb; --paper: #14171b; --faint: #9aa3af;
              --grid: #2b3038; --bar: #5b6472; --ours: #58a6ff; --ok: #56d364; --miss: #ff8e85;
              --c0: #f0a05a; --c1: #f080c5; --c2: #b5bcc7; --c3: #4fd1c5; --c4: #b8a2ff; --c5: #58a6ff; } }
            body { margin: 0 auto; padding: 1rem; max-width: 44rem; background: var(--paper); color: var(--ink);
              font: 1rem/1.5 system-ui, sans-serif; }
            h1 { font-size: 1.5rem; line-height: 1.2; } h2 { font-size: 1.15rem; margin-top: 2rem; }
            figure { margin: 1rem 0; max-width: 36rem; } figcaption { color: var(--faint); font-size: .875rem; }
            svg { display: block; width: 100%; height: auto; }
            svg text { font: 12px system-ui, sans-serif; fill: var(--ink); }
            svg .figure { font-variant-numeric: tabular-nums; }
            .bar { fill: var(--bar); } .ours { fill: var(--ours); }
            .whisker { fill: none; stroke: var(--ink); stroke-width: 1.2; }
            .grid { stroke: var(--grid); fill: none; }
            .line polyline, .line path { fill: none; stroke-width: 2; stroke-linejoin: round; }
            .c0 { stroke: var(--c0); } .c1 { stroke: var(--c1); } .c2 { stroke: var(--c2); }
            .c3 { stroke: var(--c3); } .c4 { stroke: var(--c4); } .c5 { stroke: var(--c5); }
            .line text { stroke: none; }
            .wide { overflow-x: auto; }
            table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
            th, td { text-align: right; padding: .25rem .6rem; border-bottom: 1px solid var(--grid);
              white-space: nowrap; }
            th:first-child, td:first-child { text-align: left; padding-left: 0; }
            ul.verdicts { list-style: none; padding: 0; }
            .ok::before, .miss::before { font-weight: 700; margin-right: .5rem; }
            .ok::before { content: "ok"; color: var(--ok); } .miss::before { content: "MISS"; color: var(--miss); }
            """;

    private final StringBuilder body = new StringBuilder();
    private final String title;

    /// A page with this title.
    public HtmlReport(String title) {
        this.title = title;
        body.append("<h1>").append(escape(title)).append("</h1>\n");
    }

    /// Adds a heading.
    public HtmlReport heading(String text) {
        return element("h2", text);
    }

    /// Adds a paragraph.
    public HtmlReport paragraph(String text) {
        return element("p", text);
    }

    /// Adds a plot.
    ///
    /// @param svg an SVG element
    /// @param caption what to see in it
    public HtmlReport figure(String svg, String caption) {
        body.append("<figure>").append(svg);
        body.append("<figcaption>").append(escape(caption)).append("</figcaption></figure>\n");
        return this;
    }

    /// Adds a table, which scrolls sideways where it does not fit.
    public HtmlReport table(Table table) {
        body.append("<div class=\"wide\"><table>\n<thead>").append(row("th", table.headings()));
        body.append("</thead>\n<tbody>\n");
        table.body().forEach(cells -> body.append(row("td", cells)));
        body.append("</tbody></table></div>\n");
        return this;
    }

    /// Adds claims and whether they hold.
    public HtmlReport verdicts(List<Verdict> verdicts) {
        body.append("<ul class=\"verdicts\">\n");
        for (Verdict verdict : verdicts) {
            body.append("<li class=\"%s\">%s</li>\n".formatted(verdict.holds() ? "ok" : "miss", escape(verdict.text())));
        }
        body.append("</ul>\n");
        return this;
    }

    /// {@return the page}
    public String html() {
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
                <body>
                %s</body>
                </html>
                """
                .formatted(escape(title), STYLE, body);
    }

    private HtmlReport element(String name, String text) {
        body.append("<%1$s>%2$s</%1$s>\n".formatted(name, escape(text)));
        return this;
    }

    private static String row(String cell, List<String> cells) {
        return cells.stream()
                .map(text -> "<%1$s>%2$s</%1$s>".formatted(cell, escape(text)))
                .collect(Collectors.joining("", "<tr>", "</tr>\n"));
    }

    /// A claim.
    ///
    /// @param holds whether it does
    /// @param text what is claimed
    public record Verdict(boolean holds, String text) {}
}
