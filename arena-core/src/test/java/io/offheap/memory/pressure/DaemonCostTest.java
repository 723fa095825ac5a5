package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureSource;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the daemon costs while nothing is short, with the sources of the machine that runs the build. Skipped, with the reason printed, where memory is
/// short: it looks more often then, as it has to.
@Timeout(180)
final class DaemonCostTest {

    private static final long TURNS_A_SECOND_OF_DECAY = 5;

    /// Turns after which the code is compiled, as it is in a process that has run for an hour.
    private static final int WARM = 3000;

    @Test
    void daemonIsCheapWhileNothingIsShort() throws InterruptedException {
        measure("new, idle", 0, FakeClient.NEVER, 4);
        measure("warm, idle", WARM, FakeClient.NEVER, 4);
        measure("warm, decaying", 0, TimeUnit.SECONDS.toNanos(1) / TURNS_A_SECOND_OF_DECAY, 20);
    }

    private static void measure(String what, int before, long answerNanos, int turns) throws InterruptedException {
        final var sources = PressureSources.detect(Platform.files());
        final var client = new FakeClient("cost", sources.toArray(new PressureSource[0]));
        client.answerNanos = answerNanos;
        final var costs = new ThreadCosts[1];
        client.work = () -> {
            if (costs[0] == null) {
                costs[0] = ThreadCosts.ofCurrent();
            }
        };
        try (var place = MemoryDaemon.shared().register(client)) {
            nextWhileNothingIsShort(client);
            nextWhileNothingIsShort(client);
            for (int i = 0; i < before; i++) {
                place.wake();
                nextWhileNothingIsShort(client);
            }
            final long start = System.nanoTime();
            final long cpu = costs[0].cpuNanos();
            final long sleeps = costs[0].sleeps();
            for (int i = 0; i < turns; i++) {
                nextWhileNothingIsShort(client);
            }
            final double seconds = (System.nanoTime() - start) / 1e9;
            final double share = (costs[0].cpuNanos() - cpu) / 1e9 / seconds;
            final double wakes = (costs[0].sleeps() - sleeps) / seconds;
            System.out.printf("daemon, %s: %.3f %% of one processor, woken %.1f times a second%n",
                    what, 100 * share, wakes);
            assertTrue(wakes < 10, "woken " + wakes + " times a second");
            assertTrue(share < 0.01, "share " + share);                 // 0.1 % is aimed at; the machine is shared
        } finally {
            costs[0].close();
            sources.forEach(PressureSource::close);
        }
    }

    private static void nextWhileNothingIsShort(FakeClient client) throws InterruptedException {
        final var pressure = client.next();
        if (pressure != MemoryPressure.NONE) {
            final var reason = "memory is short on this machine: %s, headroom %d".formatted(pressure, client.headroomBytes);
            System.out.println("DaemonCostTest is skipped: " + reason);
            Assumptions.abort(reason);
        }
    }
}
