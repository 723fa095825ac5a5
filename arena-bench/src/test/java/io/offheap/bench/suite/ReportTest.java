package io.offheap.bench.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.Commands;
import io.offheap.bench.report.Json;
import io.offheap.bench.report.Table;
import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import io.offheap.bench.result.ResultFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void write() throws Exception {
        SampleRun.write(folder);
    }

    @Test
    void everythingIsOnOnePageThatLoadsNothing() throws Exception {
        final String html = report();
        for (String expected : List.of(
                "Summary", "time by size, 1 thread", "throughput by threads", "resident memory after a burst in blocks of 64K",
                "memory is short", "who survives", "resident memory over time", "Machine and versions", "a &lt;processor&gt;",
                "./arena bench latency --json latency.json", "version 3", "prefers-color-scheme: dark")) {
            assertTrue(html.contains(expected), expected);
        }
        assertFalse(html.contains("<script") || html.contains("src=") || html.contains("url("), html);
        assertEquals(plots(html), html.split(" aria-label=\"", -1).length - 1);
        assertTrue(plots(html) >= 10, () -> plots(html) + " plots");
    }

    @Test
    void ratiosAreAgainstTheBestOfEachSide() {
        final Table table = new Summary(SampleRun.latency()).table();
        final List<String> row = table.body().getFirst();
        assertEquals("latency", row.getFirst());
        assertEquals("ffm-malloc", row.get(4), "the best whom a Java program can use");
        assertEquals("5.00", row.get(Summary.FIRST_RATIO));
        assertEquals("10.0", row.get(table.headings().indexOf("x JDK")));
        assertEquals("8.00", row.get(table.headings().indexOf("x Netty")));
        assertEquals("12.0", row.get(table.headings().indexOf("x in C")));
    }

    @Test
    void whatTheReadmeShowsIsAmongThePictures() throws Exception {
        final List<Result> results = new ArrayList<>();
        for (Path file : ResultFiles.in(folder)) {
            results.addAll(ResultFiles.read(file));
        }
        final List<String> names = new SuitePage(results, List.of()).pictures().stream().map(Picture::name).toList();
        assertTrue(names.containsAll(ReportCommand.MAIN_PICTURES), names::toString);
    }

    @Test
    void whatFailedIsTold() throws Exception {
        assertFalse(report().contains("What failed"));
        final Path file = folder.resolve("purge.json");
        Files.writeString(file, Json.lines(List.of(
                Result.of("purge", "everyone", Metric.TIME).outcome("failed").note("no <memory>").build().row())));
        final String html = report();
        assertTrue(html.contains("What failed") && html.contains("<td>no &lt;memory&gt;</td>"), html);
    }

    @Test
    void figuresWithoutFactsMakeAReportThatSaysSo() throws Exception {
        for (Path file : Files.list(folder).filter(file -> file.toString().contains("about")).toList()) {
            Files.delete(file);
        }
        assertTrue(report().contains("Nobody wrote down on which machine"));
    }

    @Test
    void aFolderWithoutFiguresIsRefused(@TempDir Path empty) {
        final Commands.Result result = Commands.run("report", empty.toString());
        assertEquals(2, result.exitCode());
        assertTrue(result.errors().contains("no figures in " + empty), result::errors);
        assertTrue(Commands.run("report", empty.resolve("none").toString()).errors().contains("is no folder"));
    }

    private String report() throws Exception {
        final Commands.Result result = Commands.run("report", folder.toString(), "--no-pictures");
        assertEquals(0, result.exitCode(), result::errors);
        return Files.readString(folder.resolve("report.html"));
    }

    private static int plots(String html) {
        return html.split("role=\"img\"", -1).length - 1;
    }
}
