package io.offheap.bench.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.bench.result.Metric;
import io.offheap.bench.result.Result;
import java.util.List;
import org.junit.jupiter.api.Test;

class AgreementTest {

    @Test
    void fifteenPercentEitherWayIsAgreement() {
        assertTrue(new Agreement(List.of(result("latency", 100), result("latency-jmh", 114))).holds());
        assertTrue(new Agreement(List.of(result("latency", 114), result("latency-jmh", 100))).holds());
        assertFalse(new Agreement(List.of(result("latency", 100), result("latency-jmh", 116))).holds());
        assertFalse(new Agreement(List.of(result("latency", 116), result("latency-jmh", 100))).holds());
    }

    @Test
    void whatWasMeasuredOnceOnlyDoesNotAgree() {
        assertFalse(new Agreement(List.of(result("latency-jmh", 100))).holds());
        assertTrue(new Agreement(List.of(result("latency", 100))).holds());
    }

    @Test
    void theTableShowsBoth() {
        assertEquals(
                """
                CPU ns/op   bytes   here    JMH  apart
                ---------   -----   ----    ---  -----
                ffm-malloc     64  10.00  11.00   10 %
                """,
                new Agreement(List.of(result("latency", 10), result("latency-jmh", 11))).text());
    }

    private static Result result(String workload, double nanos) {
        return Result.of(workload, "ffm-malloc", Metric.CPU).threads(1).size(64).figure(nanos).build();
    }
}
