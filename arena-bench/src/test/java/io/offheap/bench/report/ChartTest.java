package io.offheap.bench.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;

class ChartTest {

    private static final LineChart.Line LINE =
            new LineChart.Line("a <b> & \"c\"", List.of(new LineChart.Point(0, 1), new LineChart.Point(2.5, 400)));

    @Test
    void barsAreWellFormedAndInProportion() throws Exception {
        final Document svg = Xml.parse(BarChart.svg(
                "speed of <all> & \"more\"",
                "records/s",
                List.of(
                        new BarChart.Bar("slow & small", 100, 90, 120, false),
                        new BarChart.Bar("fast", 200, 150, 400, true))));
        assertEquals("speed of <all> & \"more\"", title(svg));
        assertEquals(105, number(svg, "rect", 0, "width"));
        assertEquals(210, number(svg, "rect", 1, "width"));
        assertEquals("bar ours", element(svg, "rect", 1).getAttribute("class"));
    }

    @Test
    void barsOfNothingAreDrawn() throws Exception {
        final String svg = BarChart.svg("nothing", "records/s", List.of(new BarChart.Bar("a", 0, 0, 0, false)));
        Xml.parse(svg);
        assertFalse(svg.contains("NaN"), svg);
    }

    @Test
    void linesAreWellFormedAndNamed() throws Exception {
        final Document svg = Xml.parse(LineChart.svg("memory", "seconds", "MiB", List.of(LINE, LINE)));
        assertEquals("memory", title(svg));
        assertEquals(2, svg.getElementsByTagName("polyline").getLength());
        assertTrue(svg.getDocumentElement().getTextContent().contains("a <b> & \"c\""));
    }

    @Test
    void linesWithoutPointsAreDrawn() throws Exception {
        final String svg = LineChart.svg("empty", "s", "MiB", List.of(new LineChart.Line("none", List.of())));
        Xml.parse(svg);
        assertFalse(svg.contains("NaN"), svg);
    }

    @Test
    void moreLinesThanColoursAreRefused() {
        final List<LineChart.Line> lines = Collections.nCopies(LineChart.MOST_LINES + 1, LINE);
        assertThrows(IllegalArgumentException.class, () -> LineChart.svg("many", "s", "MiB", lines));
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
                .figure(LineChart.svg("memory", "s", "MiB", List.of(LINE)), "a & b")
                .table(new Table("name", "value").row("<x>", "1"))
                .verdicts(List.of(new HtmlReport.Verdict(true, "a > b"), new HtmlReport.Verdict(false, "b > a")))
                .html();
        final Document page = Xml.parse(html);
        assertEquals("a & b", title(page));
        assertFalse(html.contains("<script") || html.contains("src=") || html.contains("url("), html);
        assertEquals(0, page.getElementsByTagName("link").getLength());
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
