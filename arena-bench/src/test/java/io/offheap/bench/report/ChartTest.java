package io.offheap.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ChartTest {

    private static final LineChart.Line LINE =
            new LineChart.Line("a <b> & \"c\"", List.of(new LineChart.Point(0, 1), new LineChart.Point(2.5, 400, 300, 450)), true);

    private static final Axis SECONDS = Axis.linear("seconds", 2.5);
    private static final Axis MEBIBYTES = Axis.linear("MiB", 450);

    @Test
    void barsAreWellFormedAndInProportion() throws Exception {
        final Document svg = Xml.parse(BarChart.svg(
                "speed of <all> & \"more\"",
                "records/s",
                List.of(
                        new BarChart.Bar("slow & small", 100, 90, 120),
                        new BarChart.Bar("fast", 200, 150, 400))));
        assertEquals("speed of <all> & \"more\"", title(svg));
        assertEquals(2, number(svg, "rect", 1, "width") / number(svg, "rect", 0, "width"), 1e-2);
        assertEquals("img", svg.getDocumentElement().getAttribute("role"));
        assertEquals(title(svg), svg.getDocumentElement().getAttribute("aria-label"));
        assertEquals("slow & small 100 records/s, fast 200 records/s", element(svg, "desc", 0).getTextContent());
    }

    @Test
    void barsOfNothingAreDrawn() throws Exception {
        final String svg = BarChart.svg("nothing", "records/s", List.of(new BarChart.Bar("a", 0, 0, 0)));
        Xml.parse(svg);
        assertFalse(svg.contains("NaN"), svg);
    }

    @Test
    void linesAreWellFormedAndNamed() throws Exception {
        final Document svg = Xml.parse(LineChart.svg(
                "memory", SECONDS, MEBIBYTES, List.of(LINE, LINE), List.of(new LineChart.Event(1, "short <of> memory"))));
        assertEquals("memory", title(svg));
        assertEquals(2, svg.getElementsByTagName("polyline").getLength());
        final String text = svg.getDocumentElement().getTextContent();
        assertTrue(text.contains("a <b> & \"c\": 400 MiB, from 300 to 450"), text);
        assertTrue(text.contains("short <of> memory"), text);
    }

    @Test
    void linesWithoutPointsAreDrawn() throws Exception {
        final String svg = LineChart.svg(
                "empty", Axis.linear("s", 0), Axis.linear("MiB", 0), List.of(new LineChart.Line("none", List.of(), true)), List.of());
        Xml.parse(svg);
        assertFalse(svg.contains("NaN"), svg);
    }

    @Test
    void namesDoNotOverlap() throws Exception {
        final List<LineChart.Line> lines = IntStream.range(0, LineChart.MOST_LINES)
                .mapToObj(line -> new LineChart.Line("line " + line, List.of(new LineChart.Point(0, 300), new LineChart.Point(2, 400)), false))
                .toList();
        final Document svg = Xml.parse(LineChart.svg("same", SECONDS, MEBIBYTES, lines, List.of()));
        final double[] heights = IntStream.range(0, svg.getElementsByTagName("text").getLength())
                .filter(text -> element(svg, "text", text).getAttribute("class").equals("label"))
                .mapToDouble(text -> number(svg, "text", text, "y"))
                .sorted()
                .toArray();
        assertEquals(lines.size(), heights.length);
        for (int name = 1; name < heights.length; name++) {
            assertTrue(heights[name] - heights[name - 1] >= 12, () -> Arrays.toString(heights));
        }
        assertTrue(heights[0] > 0, () -> Arrays.toString(heights));
    }

    @Test
    void equalRatiosAreEquallyFarApartOnALogarithmicAxis() {
        final Axis axis = Axis.logarithmic("ns/op", List.of(5.3, 47_000.0, -1.0));
        assertEquals(List.of("10", "100", "1k", "10k"), axis.ticks().stream().map(Axis.Tick::label).toList());
        assertEquals(axis.share(100) - axis.share(10), axis.share(10_000) - axis.share(1000), 1e-9);
        assertEquals(0, axis.share(-1));
        assertTrue(axis.share(5.3) >= 0 && axis.share(47_000) <= 1);
        assertEquals(List.of("0.2", "0.5", "1", "2"), Axis.logarithmic("s", List.of(0.25, 1.5)).ticks().stream().map(Axis.Tick::label).toList());
    }

    @Test
    void anAxisOfGivenFiguresMarksThemAndNoOthers() {
        final Axis axis = Axis.of("threads", List.of(8.0, 1.0, 2.0, 1.0), threads -> (int) threads + " at once");
        assertEquals(List.of("1 at once", "2 at once", "8 at once"), axis.ticks().stream().map(Axis.Tick::label).toList());
        assertTrue(axis.share(1) > 0 && axis.share(8) < 1);
        assertTrue(Double.isFinite(Axis.of("threads", List.of(2.0), Double::toString).share(2)));
    }

    @Test
    void aMatrixTellsPassedFromLostWithoutColour() throws Exception {
        final Document svg = Xml.parse(MatrixChart.svg(
                "who lives",
                List.of("kept/1 thread", "neighbour/1 thread"),
                List.of(new MatrixChart.Row("<ours>", List.of(
                        new MatrixChart.Cell(true, "960", "survived"), new MatrixChart.Cell(false, "killed", "oom-killed"))))));
        final String text = svg.getDocumentElement().getTextContent();
        assertTrue(text.contains("\u2713 960") && text.contains("\u2715 killed") && text.contains("<ours>: oom-killed"), text);
        assertEquals(2, svg.getElementsByTagName("rect").getLength());
    }

    @Test
    void moreLinesThanColoursAreRefused() {
        final List<LineChart.Line> lines = Collections.nCopies(LineChart.MOST_LINES + 1, LINE);
        assertThrows(IllegalArgumentException.class, () -> LineChart.svg("many", SECONDS, MEBIBYTES, lines, List.of()));
    }

    @Test
    void axesEndAtRoundNumbers() {
        assertEquals(new Scale(50, 250), Scale.upTo(226, 5));
        assertEquals(List.of(0.0, 0.5, 1.0, 1.5), Scale.upTo(1.05, 3).ticks());
        assertEquals("0.5", Scale.upTo(1.05, 3).label(0.5));
        assertEquals("1,000", Scale.upTo(4000, 4).label(1000));
    }

    @Test
    void aPageIsWellFormedAndLoadsNothing() throws Exception {
        final String html = new HtmlReport("a & b")
                .heading("plots <here>")
                .paragraph("text")
                .folded("more & more", List.of(new Table("name", "value").row("<y>", "2")))
                .ratios(new Table("who", "x").row("<z>", "0.93").row("a", "1.20").row("b", "-"), 1)
                .lines(List.of("a < b"))
                .figure(LineChart.svg("memory", SECONDS, MEBIBYTES, List.of(LINE), List.of()), "a & b")
                .table(new Table("name", "value").row("<x>", "1"))
                .verdicts(List.of(new HtmlReport.Verdict(true, "a > b"), new HtmlReport.Verdict(false, "b > a")))
                .html();
        final Document page = Xml.parse(html);
        assertEquals("a & b", title(page));
        assertFalse(html.contains("<script") || html.contains("src=") || html.contains("url("), html);
        assertEquals(0, page.getElementsByTagName("link").getLength());
        assertTrue(html.contains("<td class=\"worse\">0.93</td>") && html.contains("<td class=\"better\">1.20</td>"), html);
    }

    private static String title(Document document) {
        return element(document, "title", 0).getTextContent();
    }

    private static double number(Document document, String name, int index, String attribute) {
        return Double.parseDouble(element(document, name, index).getAttribute(attribute));
    }

    private static Element element(Document document, String name, int index) {
        return (Element) document.getElementsByTagName(name).item(index);
    }
}
