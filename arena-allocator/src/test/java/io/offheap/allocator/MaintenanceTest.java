package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// How often the daemon looks for what.
class MaintenanceTest {

    /// Milliseconds; -1 is no decay.
    @ParameterizedTest
    @CsvSource({"10000, 5000", "60000, 5000", "-1, 5000", "4000, 2000", "1000, 1000", "0, 1000"})
    void spareBlocksWaitForHalfOfDecayWithinBounds(long decayMillis, long sparesMillis) {
        final long decay = decayMillis < 0 ? -1 : TimeUnit.MILLISECONDS.toNanos(decayMillis);
        assertEquals(TimeUnit.MILLISECONDS.toNanos(sparesMillis), Maintenance.sparesNanos(decay));
    }
}
