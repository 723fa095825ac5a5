package io.offheap.bench.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.bench.report.Json;
import java.util.NoSuchElementException;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class ResultTest {

    @Test
    void allFieldsInTheirOrder() {
        final Result result = Result.of("latency", "netty-pooled", Metric.TIME)
                .note("4.2")
                .outcome("ok")
                .mode("FastThreadLocalThread")
                .at("t0")
                .figures(Spread.of(DoubleStream.of(3, 1, 2)), 3)
                .size(64)
                .threads(2)
                .build();
        assertEquals(
                "{\"workload\":\"latency\",\"contestant\":\"netty-pooled\",\"threads\":2,\"size\":64,\"metric\":\"time\","
                        + "\"unit\":\"ns/op\",\"value\":2,\"min\":1,\"max\":3,\"runs\":3,\"at\":\"t0\","
                        + "\"mode\":\"FastThreadLocalThread\",\"outcome\":\"ok\",\"note\":\"4.2\"}",
                Json.of(result.row()));
    }

    @Test
    void whatDoesNotApplyIsAbsent() {
        final Result result = Result.of("survive", "offheap-address", Metric.SURVIVED)
                .outcome("oom-killed")
                .note("")
                .build();
        assertEquals(
                "{\"workload\":\"survive\",\"contestant\":\"offheap-address\",\"metric\":\"survived\",\"unit\":\"1\","
                        + "\"outcome\":\"oom-killed\"}",
                Json.of(result.row()));
        assertThrows(NoSuchElementException.class, result::value);
    }

    @Test
    void aUnitMayBeAnotherThanUsual() {
        final Result result = Result.of("vm", "offheap-address", Metric.THROUGHPUT)
                .unit("bytes/s")
                .figure(7)
                .build();
        assertEquals("bytes/s", result.row().get("unit"));
        assertEquals(7.0, result.value());
    }
}
