package io.offheap.allocator.cache;

import io.offheap.allocator.Ballast;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;

/// A program that leaves slots to wait while its Java heap is full to the last object, and looks afterwards whether one is lost. Run by
/// `FullHeapTest`.
///
/// While the heap is full nothing here allocates but the library.
final class WaitingSlotsProgram {

    private static final int COUNT = 5000;
    private static final int SIZE = 16;

    private WaitingSlotsProgram() {}

    public static void main(String[] arguments) {
        try (var arena = Arena.ofConfined()) {
            run(arena.allocate((long) COUNT * SIZE, SIZE).address());
        }
        System.out.println("done");
    }

    private static void run(long memory) {
        final var waiting = new WaitingSlots(address -> memory <= address && address < memory + (long) COUNT * SIZE ? 1 : -1);
        waiting.add(memory);                            // so that every class is loaded
        expect(memory, waiting.take(), "address");
        final var ballast = new Ballast();
        ballast.fill(1 << 20);
        for (int i = 0; i < COUNT; i++) {
            waiting.add(memory + (long) i * SIZE);
        }
        ballast.drop();
        final long[] counts = new long[2];
        waiting.addTo(counts);
        expect(COUNT, counts[1], "waiting");
        for (int i = COUNT - 1; i >= 0; i--) {
            final long slot = memory + (long) i * SIZE;
            expect(slot, waiting.take(), "address");
            expect(0, RawMemory.getLong(slot), "left in a slot");
        }
        expect(0, waiting.take(), "address");
    }

    private static void expect(long expected, long actual, String what) {
        if (expected != actual) {
            throw new AssertionError(actual + " " + what + ", not " + expected);
        }
    }
}
