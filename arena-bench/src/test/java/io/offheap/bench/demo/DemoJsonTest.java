package io.offheap.bench.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.offheap.bench.contestant.Counters;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class DemoJsonTest {

    private static final long MIB = 1 << 20;
    private static final Workload WORKLOAD = new Workload(4, 10, 512 << 10, true, true, 1, 2.5, 0);

    @Test
    void everyFigureHasARow() {
        final List<Map<String, Object>> rows = DemoJson.rows(WORKLOAD, List.of(pressed()));
        assertEquals(
                Map.ofEntries(
                        Map.entry("workload", "ebizzy-pressure"),
                        Map.entry("contestant", "offheap-address"),
                        Map.entry("threads", 4),
                        Map.entry("size", 524288L),
                        Map.entry("metric", "throughput"),
                        Map.entry("unit", "records/s"),
                        Map.entry("value", 200.0),
                        Map.entry("min", 190.0),
                        Map.entry("max", 210.0),
                        Map.entry("runs", 3),
                        Map.entry("outcome", "ok"),
                        Map.entry("note", "random sizes; stock generator")),
                rows.getFirst());
        assertEquals(600L, find(rows, "records").get("value"));
        assertEquals(9000.0, find(rows, "cpu").get("value"));
        assertEquals(3.0, find(rows, "purged").get("value"));
        assertEquals(499L, find(rows, "reuses").get("value"));
        assertEquals(120.0, find(rows, "peak").get("value"));
        assertEquals(80.0, find(rows, "obtained").get("value"));
        assertEquals(96.0, find(rows, "obtained").get("max"));
        assertEquals(
                List.of("start", "before", "peak", "after-purge", "50"),
                rows.stream().filter(row -> row.get("metric").equals("resident")).map(row -> row.get("at")).toList());
    }

    @Test
    void whatWasNotCountedIsAbsent() {
        final RunResult failed = new RunResult(
                "jdk-direct",
                RunResult.CALM,
                "out-of-memory-error",
                "direct buffer memory",
                Optional.empty(),
                Counters.NONE,
                RunResult.Resident.UNKNOWN,
                Optional.empty());
        final List<Map<String, Object>> rows = DemoJson.rows(WORKLOAD, List.of(failed));
        assertEquals(1, rows.size());
        assertEquals("out-of-memory-error", rows.getFirst().get("outcome"));
        assertFalse(rows.getFirst().containsKey("min"));
        assertFalse(rows.getFirst().containsKey("runs"));
    }

    private static Map<String, Object> find(List<Map<String, Object>> rows, String metric) {
        return rows.stream().filter(row -> row.get("metric").equals(metric)).findFirst().orElseThrow();
    }

    private static Throughput.Slice slice(long records) {
        return new Throughput.Slice(records, TimeUnit.SECONDS.toNanos(1), records * 9_000, 0);
    }

    private static RunResult pressed() {
        return new RunResult(
                "offheap-address",
                RunResult.PRESSED,
                RunResult.OK,
                "",
                Optional.of(new Throughput(List.of(slice(210), slice(190), slice(200)))),
                new Counters(3 * MIB, 499),
                new RunResult.Resident(
                        90 * MIB, 100 * MIB, 120 * MIB, 101 * MIB, List.of(new RunResult.Sample(50, 119 * MIB))),
                Optional.of(new RunResult.Pressure(300 * MIB, 96 * MIB, 80 * MIB, 96 * MIB, 200 * MIB, 9, 0.04)));
    }
}
