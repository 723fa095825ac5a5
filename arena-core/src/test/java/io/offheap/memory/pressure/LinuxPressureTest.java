package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.PressureSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The sources and the daemon on the machine that runs the build.
@Timeout(60)
final class LinuxPressureTest {

    private static final long PAGE = 4096;

    @Test
    void hostSaysWhatMeminfoSays() throws IOException {
        final var sources = PressureSources.detect(Platform.files());
        final var host = sources.stream().filter(s -> s.name().equals("host")).findFirst().orElseThrow();
        final var total = Files.readAllLines(Path.of("/proc/meminfo")).getFirst().replaceAll("\\D", "");
        assertEquals(Long.parseLong(total) * 1024, host.read().orElseThrow().limitBytes());
        for (final var source : sources) {
            assertTrue(source.readings().stream().allMatch(reading -> reading.usageBytes() > 0), source.name());
        }
        sources.forEach(PressureSource::close);
    }

    @Test
    void budgetCountsAChildUntilItEnds() throws IOException, InterruptedException {
        try (var budget = PressureSources.budget(Platform.files(), PAGE, 1L << 40, "test")) {
            final long own = budget.read().orElseThrow().usageBytes();
            assertTrue(own > 10 << 20, "own " + own);
            final var child = new ProcessBuilder("cat").start();
            try {
                assertTrue(budget.addProcess(child.pid()));
                assertEquals(2, budget.processCount());
                assertTrue(budget.read().orElseThrow().usageBytes() > 0);
                assertEquals(2, budget.processCount());
            } finally {
                child.getOutputStream().close();
            }
            child.waitFor();
            assertTrue(budget.read().orElseThrow().usageBytes() > 0);
            assertEquals(1, budget.processCount());
            assertFalse(budget.addProcess(child.pid()));
        }
    }

    @Test
    void daemonIsWokenThroughARealEvent() throws InterruptedException {
        final var client = new FakeClient("real");
        long least = Long.MAX_VALUE;
        try (var place = MemoryDaemon.shared().register(client)) {
            client.next();
            for (int i = 0; i < 20; i++) {
                final long start = System.nanoTime();
                place.wake();
                client.next();
                least = Math.min(least, System.nanoTime() - start);
            }
        }
        assertFalse(client.thread.isAlive());
        assertTrue(least < Rounds.IDLE_PERIOD_NANOS / 2, "each waited for its period");
    }
}
