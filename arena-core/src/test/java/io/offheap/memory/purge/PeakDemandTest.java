package io.offheap.memory.purge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PeakDemandTest {

    private static final long PERIOD = 1600;

    private long now = Long.MAX_VALUE - 5000;                           // runs over during the tests
    private final PeakDemand demand = new PeakDemand(PERIOD, now);

    @Test
    void peakIsRememberedForAPeriodAndNotMuchLonger() {
        assertEquals(70, demand.peak(70, now));
        assertEquals(70, demand.peak(10, now + PERIOD));
        assertEquals(10, demand.peak(10, now + PERIOD + PERIOD / 16 + 1));
    }

    @Test
    void longPauseForgetsEverything() {
        demand.peak(70, now);
        assertEquals(5, demand.peak(5, now + 100 * PERIOD));
    }

    private record Look(long at, long bytes) {}

    @Test
    void agreesWithTheModel() {
        final var random = new Random(11);
        final var looks = new ArrayDeque<Look>();
        for (int i = 0; i < 20_000; i++) {
            now += random.nextInt(random.nextInt(20) == 0 ? 2000 : 200);
            final long bytes = random.nextInt(1000);
            looks.add(new Look(now, bytes));
            final long peak = demand.peak(bytes, now);
            looks.removeIf(look -> now - look.at > PERIOD + PERIOD / 16);
            final long most = looks.stream().mapToLong(Look::bytes).max().orElseThrow();
            final long least = looks.stream().filter(look -> now - look.at <= PERIOD)
                    .mapToLong(Look::bytes).max().orElseThrow();
            assertTrue(least <= peak && peak <= most, () -> peak + ", not " + least + " .. " + most);
        }
    }
}
