package io.offheap.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResultTablesTest {

    @Test
    void oursAreHeldAgainstTheBestPeerAndTheFigureToReach() {
        final List<Result> results = List.of(
                time("offheap-address", 64, 5),
                time("offheap-address", 4096, 8),
                time("ffm-malloc", 64, 7.5),
                time("ffm-malloc", 4096, 40),
                time("netty-pooled", 64, 54),
                Result.of("latency", "netty-pooled", Metric.TIME).threads(1).size(4096).outcome("failed").build());
        final Reach reach = result ->
                result.contestant().equals("offheap-address") && result.size().orElse(0) == 64
                        ? Optional.of(5.5)
                        : Optional.empty();
        assertEquals(
                """
                latency, 1 thread, time ns/op
                contestant                      64      4K
                ----------                      --      --
                offheap-address               5.00    8.00
                ffm-malloc                    7.50    40.0
                netty-pooled                  54.0  failed
                to reach: offheap-address     5.50       -
                best peer / offheap-address  1.50x   5.00x
                """,
                ResultTables.text(results, reach));
    }

    @Test
    void whereMoreIsBetterTheRatioTurnsAround() {
        final List<Result> results = List.of(
                Result.of("ebizzy", "offheap-address", Metric.THROUGHPUT).threads(4).figure(300).build(),
                Result.of("ebizzy", "jdk-direct", Metric.THROUGHPUT).threads(4).figure(100).build(),
                Result.of("ebizzy", "ffm-malloc", Metric.THROUGHPUT).threads(4).figure(200).build());
        assertEquals(
                """
                ebizzy, 4 threads, throughput records/s
                contestant                   value
                ----------                   -----
                offheap-address                300
                jdk-direct                     100
                ffm-malloc                     200
                best peer / offheap-address  1.50x
                """,
                ResultTables.text(results, Reach.NONE));
    }

    @Test
    void whereTheJdkHasTheSameKindItIsTheRival() {
        final List<Result> results =
                List.of(time("offheap-confined", 64, 20), time("ffm-malloc", 64, 10), time("jdk-confined", 64, 30));
        assertEquals(
                """
                latency, 1 thread, time ns/op
                contestant                          64
                ----------                          --
                offheap-confined                  20.0
                ffm-malloc                        10.0
                jdk-confined                      30.0
                jdk-confined / offheap-confined  1.50x
                """,
                ResultTables.text(results, Reach.NONE));
    }

    @Test
    void momentsAreColumns() {
        final String text = ResultTables.text(
                List.of(
                        Result.of("burst", "ffm-malloc", Metric.RESIDENT).at("full").figure(2048).build(),
                        Result.of("burst", "ffm-malloc", Metric.RESIDENT).at("t0").figure(109).build()),
                Reach.NONE);
        assertEquals(
                """
                burst, resident MiB
                contestant  full   t0
                ----------  ----   --
                ffm-malloc  2048  109
                """,
                text);
    }

    private static Result time(String contestant, long size, double nanos) {
        return Result.of("latency", contestant, Metric.TIME).threads(1).size(size).figure(nanos).build();
    }
}
