package io.offheap.memory.stress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.MemoryDomain;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// A stress of address spaces of a given length: writers, readers, and all that takes pages away from them. Short in the normal build;
/// the profile `soak` runs it for ten minutes:
///
/// ```
/// mvn -Psoak -pl arena-core test -Dsoak.duration=PT10M
/// ```
class AddressSpaceStressTest {

    private static final Duration DURATION = Duration.parse(System.getProperty("soak.duration", "PT6S"));
    private static final long SEED = 0x57e55;
    private static final long CAPACITY = 16 << 20;

    /// How long one domain lasts.
    private static final long MOST_NANOS = 500_000_000;

    private static final List<Function<Scene, Cell>> CELLS = List.of(
            Snapshots::new, Revocations::new, Objects::new, Copies::new, Generations::new, Ends::new);

    @Test
    void everyOperationKeepsWhatConcurrencyAllows() throws Exception {
        final long end = System.nanoTime() + DURATION.toNanos();
        long round = 0;
        do {
            final long left = end - System.nanoTime();
            play(SEED + round, CELLS.get((int) (round % CELLS.size())), Math.min(left, MOST_NANOS));
            round++;
        } while (System.nanoTime() - end < 0);
    }

    private static void play(long seed, Function<Scene, Cell> cell, long nanos) throws Exception {
        try (var domain = MemoryDomain.builder().pressure().capacity(CAPACITY).build()) {
            final var scene = new Scene(domain, seed);
            final var crew = new Crew();
            cell.apply(scene).join(crew);
            new Tenants(scene).join(crew);
            new Purges(scene).join(crew);
            System.out.printf("seed 0x%x: %s%n", seed, crew.work(nanos));
            assertTrue(domain.checkInvariants());
            scene.close();
            assertTrue(domain.checkInvariants());
            assertEquals(0, domain.privateBytes(), "frames that nobody has");
        }
    }
}
