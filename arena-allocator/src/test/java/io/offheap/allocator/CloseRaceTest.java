package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Calls on which the allocator is closed.
class CloseRaceTest {

    private static final int THREADS = 4;
    private static final int ROUNDS = 100;
    private static final int ARENA_ROUNDS = 200;
    private static final int CALLS_BEFORE_CLOSE = 200;
    private static final long LARGEST_SMALL = 14_336;

    /// Each thread's end.
    private final ConcurrentLinkedQueue<Throwable> ends = new ConcurrentLinkedQueue<>();

    @Test
    void callsThatTheCloseOvertakesSayThatTheAllocatorIsClosed() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            closeUnderCalls(round);
            assertEquals(THREADS, ends.size(), "round " + round);
            for (final var end : ends) {
                if (!(end instanceof IllegalStateException)) {
                    throw new AssertionError("round " + round, end);
                }
                assertTrue(end.getMessage().contains("closed"), end.getMessage());
            }
            ends.clear();
        }
    }

    /// Also where no system call makes threads pass a fence: an arena that could be opened keeps the allocator open.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void allocatorIsNotClosedUnderAnArena(boolean fences) throws Exception {
        final var memory = new DelegatingMemory(Platform.memory()) {
            @Override
            public boolean fencesThreads() {
                return fences && super.fencesThreads();
            }

            @Override
            public void fenceThreads() {
                if (fences) {
                    super.fenceThreads();
                }
            }
        };
        final var options = OffHeapAllocator.builder().hardLimit(64L << 20).shards(1).pressure().options();
        for (int round = 0; round < ARENA_ROUNDS; round++) {
            final var allocator = new OffHeapAllocator(options, memory, Ticker.SYSTEM, false);
            final var opening = Thread.ofPlatform().start(() -> openUntilItFails(allocator));
            closeWhenItMay(allocator);
            opening.join();
        }
        assertEquals(List.of(), List.copyOf(ends));
    }

    private static void closeWhenItMay(OffHeapAllocator allocator) {
        while (true) {
            try {
                allocator.close();
                return;
            } catch (IllegalStateException anArenaIsOpen) {
                Thread.onSpinWait();
            }
        }
    }

    private void openUntilItFails(OffHeapAllocator allocator) {
        while (true) {
            try (var arena = allocator.ofConfined()) {
                if (arena.scope().isAlive() && allocator.toString().endsWith("closed]")) {
                    ends.add(new AssertionError("the allocator was closed under an arena"));
                }
            } catch (IllegalStateException closed) {
                return;
            }
        }
    }

    private void closeUnderCalls(int round) throws Exception {
        final var options = OffHeapAllocator.builder().hardLimit(64L << 20).shards(2).pressure().options();
        final var allocator = new OffHeapAllocator(options, Platform.memory(), Ticker.SYSTEM, false);
        final var start = new CyclicBarrier(THREADS);
        final var calls = new AtomicInteger();
        final var threads = new ArrayList<Thread>();
        for (int i = 0; i < THREADS; i++) {
            final var random = new SplittableRandom(31L * round + i);
            threads.add(Thread.ofPlatform().start(() -> callUntilItFails(allocator, random, start, calls)));
        }
        while (calls.get() < CALLS_BEFORE_CLOSE) {
            Thread.onSpinWait();
        }
        allocator.close();
        for (final var thread : threads) {
            thread.join();
        }
    }

    private void callUntilItFails(OffHeapAllocator allocator, SplittableRandom random, CyclicBarrier start, AtomicInteger calls) {
        try {
            start.await();
            final List<MemorySegment> live = new ArrayList<>();
            while (true) {
                call(allocator, random, live);
                calls.incrementAndGet();
            }
        } catch (Exception | Error e) {
            calls.addAndGet(CALLS_BEFORE_CLOSE);        // so that nobody waits for it
            ends.add(e);
        }
    }

    private static void call(OffHeapAllocator allocator, SplittableRandom random, List<MemorySegment> live) {
        final long size = random.nextInt(4) > 0 ? random.nextLong(LARGEST_SMALL) : random.nextLong(300_000);
        switch (random.nextInt(9)) {
            case 0, 1 -> live.add(allocator.allocateUninitialized(size, 1));
            case 2 -> live.add(allocator.allocate(size, 64));
            case 3 -> allocator.freeAddress(allocator.allocateAddress(size));
            case 4 -> {
                final ByteBuffer buffer = allocator.allocateDirect((int) size);
                allocator.free(buffer);
            }
            case 5 -> allocator.purge();
            case 6 -> {
                if (!live.isEmpty()) {
                    live.add(allocator.reallocate(live.removeLast(), size));
                }
            }
            default -> {
                for (int i = live.size() / 2; i < live.size(); ) {
                    allocator.free(live.removeLast());
                }
            }
        }
    }
}
