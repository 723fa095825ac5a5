package io.offheap.allocator;

import java.util.Arrays;
import java.util.Random;

/// A program that frees and allocates while its Java heap is full to the last object, and looks afterwards whether anything was
/// lost. Run by [FullHeapTest].
///
/// While the heap is full nothing here allocates but the library.
final class FullHeapProgram {

    private static final long SEED = 0xf0117;

    /// After so many frees that were refused the heap gets room again: each costs two collections.
    private static final int MOST_REFUSED = 10;

    private static final int[] SIZES = {64, 1024, 16 << 10, 256 << 10};
    private static final int[] COUNTS = {8000, 200, 30, 24};

    private final OffHeapAllocator allocator;
    private final long[] blocks = new long[Arrays.stream(COUNTS).sum()];
    private int refused;
    private final Ballast ballast = new Ballast();

    /// Whose turn it is: the one thread spins while the other works.
    private volatile Thread turn;

    private FullHeapProgram(OffHeapAllocator allocator) {
        this.allocator = allocator;
    }

    public static void main(String[] arguments) throws Exception {
        try (var allocator = OffHeapAllocator.builder().build()) {
            new FullHeapProgram(allocator).run();
        }
        System.out.println("done");
    }

    private void run() throws InterruptedException {
        final int half = blocks.length / 2;
        final var main = Thread.currentThread();
        final var other = new Thread(() -> {
            for (int round = 0; round < 2; round++) {
                await();
                free(half, blocks.length);
                turn = main;
            }
        });
        other.start();
        allocateAll();
        passTo(other);                                  // so that every class is loaded
        free(0, half);
        expect(0, refusedAgain(), "frees refused at first");
        allocateAll();
        ballast.fill(1 << 20);
        free(0, half);
        passTo(other);
        ballast.drop();
        other.join();
        System.out.println(refused + " refused");
        expect(0, refusedAgain(), "frees refused with room on the heap");
        allocator.purge();
        final var stats = allocator.stats();
        expect(0, stats.allocatedBytes(), "bytes allocated");
        expect(0, stats.cachedBytes(), "bytes cached");
        if (!allocator.checkInvariants()) {
            throw new AssertionError("not checked");
        }
    }

    private void passTo(Thread other) {
        turn = other;
        await();
    }

    private void await() {
        while (turn != Thread.currentThread()) {
            Thread.onSpinWait();
        }
    }

    private void allocateAll() {
        int count = 0;
        for (int kind = 0; kind < SIZES.length; kind++) {
            for (int i = 0; i < COUNTS[kind]; i++) {
                blocks[count++] = allocator.allocateAddress(SIZES[kind]);
            }
        }
        final var random = new Random(SEED);
        for (int i = count - 1; i > 0; i--) {
            final int j = random.nextInt(i + 1);
            final long swapped = blocks[i];
            blocks[i] = blocks[j];
            blocks[j] = swapped;
        }
    }

    /// Frees blocks; what is refused stays in its place. Now and then allocates another one.
    private void free(int from, int to) {
        final int most = refused + MOST_REFUSED;
        for (int i = from; i < to && refused < most; i++) {
            if (ballast.isHeld() && i % 500 == 0) {
                ballast.fill(64);                           // whatever has become garbage meanwhile
            }
            try {
                allocator.freeAddress(blocks[i]);
                blocks[i] = 0;
            } catch (OutOfMemoryError _) {
                refused++;
            }
            if (i % 100 == 0 && blocks[i] == 0) {
                allocateInto(i);
            }
        }
    }

    private void allocateInto(int i) {
        try {
            blocks[i] = allocator.allocateAddress(SIZES[i / 100 % SIZES.length]);
        } catch (OutOfMemoryError _) {
            refused++;
        }
    }

    /// Frees what is left.
    ///
    /// @return how many frees were refused
    private long refusedAgain() {
        final int before = refused;
        for (int i = 0; i < blocks.length; i++) {
            if (blocks[i] != 0) {
                try {
                    allocator.freeAddress(blocks[i]);
                    blocks[i] = 0;
                } catch (OutOfMemoryError _) {
                    refused++;
                }
            }
        }
        return refused - before;
    }

    private static void expect(long expected, long actual, String what) {
        if (expected != actual) {
            throw new AssertionError(actual + " " + what + ", not " + expected);
        }
    }
}
