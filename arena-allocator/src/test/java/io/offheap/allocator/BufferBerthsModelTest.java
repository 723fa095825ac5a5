package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.size.SlotClasses;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Berths by themselves, step by step: three threads take turns, the blocks are those of an arena.
class BufferBerthsModelTest {

    private static final int THREADS = 3;
    private static final int STEPS = 20_000;
    private static final long SEED = 20261122;
    private static final int[] CAPACITIES = {100, 128};
    private static final int SLOT = 128;
    private static final SlotClasses CLASSES = new SlotClasses(4096);
    private static final int CLASS = CLASSES.indexOf(SLOT);

    private final BufferTable table = new BufferTable(new Allowance(0), new long[0]);
    private final Set<Long> free = new HashSet<>();
    private final BufferBerths berths = new BufferBerths(table, address -> assertTrue(free.add(address), "free already"), true);
    private final Arena arena = Arena.ofShared();
    private final List<ByteBuffer> live = new ArrayList<>();
    private final List<ExecutorService> threads = Stream.generate(Executors::newSingleThreadExecutor).limit(THREADS).toList();

    @AfterEach
    void close() {
        threads.forEach(ExecutorService::close);
        arena.close();
    }

    private <T> T on(int thread, Callable<T> step) throws Exception {
        return threads.get(thread).submit(step).get();
    }

    private static long addressOf(ByteBuffer buffer) {
        return MemorySegment.ofBuffer(buffer).address();
    }

    private boolean install(int capacity) {
        final long address = free.iterator().next();
        if (!berths.install(address, capacity, CLASS)) {
            return false;
        }
        return free.remove(address);
    }

    private boolean take(int capacity) {
        final var buffer = berths.take(capacity);
        if (buffer == null) {
            return false;
        }
        assertEquals(ByteBuffer.allocate(capacity), buffer);
        MemorySegment.ofBuffer(buffer).fill((byte) 0x55);
        assertFalse(free.contains(addressOf(buffer)));
        return live.add(buffer);
    }

    private boolean frees(ByteBuffer buffer) {
        if (berths.leave(buffer)) {
            return true;
        }
        final long address = addressOf(buffer);
        if (table.remove(address, buffer, Blocks.NO_SLOT)) {
            return free.add(address);
        }
        return berths.leaveAny(buffer);
    }

    private void step(SplittableRandom random) throws Exception {
        final int thread = random.nextInt(THREADS);
        final int capacity = CAPACITIES[random.nextInt(CAPACITIES.length)];
        switch (random.nextInt(100)) {
            case 0 -> berths.drain();
            case 1, 2 -> berths.trim();
            case 3, 4, 5 -> berths.moveOut();
            case 6, 7, 8 -> berths.renew();
            case 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19 -> on(thread, () -> install(capacity));
            default -> {
                if (random.nextBoolean()) {
                    on(thread, () -> take(capacity));
                } else if (!live.isEmpty()) {
                    final var buffer = live.remove(random.nextInt(live.size()));
                    assertTrue(on(thread, () -> frees(buffer)));
                    assertFalse(on(random.nextInt(THREADS), () -> frees(buffer)));
                }
            }
        }
    }

    @Test
    void everyBlockIsInOnePlaceWhateverComesAfterWhat() throws Exception {
        System.out.println("BufferBerthsModelTest seed " + SEED);
        final var random = new SplittableRandom(SEED);
        for (int i = 0; i < 4 * THREADS; i++) {
            free.add(arena.allocate(SLOT, 16).address());
        }
        final var all = Set.copyOf(free);
        int atBerths = 0;
        for (int step = 0; step < STEPS; step++) {
            if (free.size() > 1) {                      // one is there for whoever installs
                step(random);
            } else {
                assertTrue(frees(live.removeFirst()));
            }
            assertTrue(berths.checkInvariants(CLASSES) && table.checkInvariants(), "step " + step);
            final var seen = new HashSet<>(free);
            berths.forEach((address, slotClass) -> assertTrue(seen.add(address) && slotClass == CLASS));
            table.forEach((address, _) -> assertTrue(seen.add(address)));
            assertEquals(all, seen, "step " + step);
            assertEquals(live.size(), table.count() + berths.count(), "step " + step);
            atBerths += berths.count() > 0 ? 1 : 0;
        }
        assertTrue(atBerths > STEPS / 10, "there was a buffer at a berth after " + atBerths + " steps");
    }

    @Test
    void blockThatIsInTwoPlacesIsFound() throws Exception {
        final long address = arena.allocate(SLOT, 16).address();
        assertTrue(on(0, () -> berths.install(address, SLOT, CLASS)));
        assertTrue(berths.checkInvariants(CLASSES));
        assertTrue(on(1, () -> berths.install(address, SLOT, CLASS)));
        assertTrue(found().startsWith("M3"));
        assertThrows(AssertionError.class, berths::drain, "it goes back twice");
    }

    @Test
    void buffersThatAreLargerThanTheirSlotAreFound() throws Exception {
        final long address = arena.allocate(2 * SLOT, 16).address();
        assertTrue(on(0, () -> berths.install(address, SLOT + 1, CLASS)));
        assertTrue(found().startsWith("M2"));
    }

    private String found() {
        return assertThrows(AssertionError.class, () -> berths.checkInvariants(CLASSES)).getMessage();
    }
}
