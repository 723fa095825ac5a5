package io.offheap.allocator;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.Collections;
import java.util.Random;

/// A program that opens and closes arenas of one thread while its Java heap is full to the last object, and looks afterwards whether one
/// counts as open, or memory of one is lost. Run by [FullHeapTest].
///
/// While the heap is full nothing here allocates but the library.
final class FullHeapArenasProgram {

    private static final long SEED = 0xf0117;

    /// Their first blocks fill many slabs. Each slab was full, so it needs a bitmap to take the first one back.
    private static final int ARENAS = 2000;

    private static final int TRIES = 10;

    /// A close that takes so long has waited for a collection, so it found no place. After some of them the heap gets room again.
    private static final long COLLECTION_NANOS = 2_000_000;
    private static final int MOST_COLLECTIONS = 20;

    private final OffHeapAllocator allocator;
    private final Arena[] arenas = new Arena[ARENAS];
    private final Arena[] late = new Arena[TRIES];
    private final Ballast ballast = new Ballast();
    private int refusedOpens;
    private int refusedCloses;
    private int collections;

    private FullHeapArenasProgram(OffHeapAllocator allocator) {
        this.allocator = allocator;
    }

    public static void main(String[] arguments) {
        try (var allocator = OffHeapAllocator.builder().build()) {
            new FullHeapArenasProgram(allocator).run();
        }
        System.out.println("done");
    }

    private void run() {
        openAll();                                      // so that every class is loaded
        close(arenas, 0);
        openAll();
        arenas[ARENAS - 1].close();                     // one block at least is at hand
        arenas[ARENAS - 1] = null;
        ballast.fill(1 << 20);
        openLate();
        final int next = close(arenas, 0);
        ballast.drop();
        System.out.println(collections + " of " + next + " closes waited for a collection");
        collections = 0;
        close(arenas, next);
        close(late, 0);
        System.out.println(refusedOpens + " opens and " + refusedCloses + " closes refused");
        if (refusedOpens == 0) {
            throw new AssertionError("the heap was not full");
        }
        expect(0, refusedCloses, "closes refused");
        expect(0, allocator.stats().allocatedBytes(), "bytes allocated");   // the daemon may have some at its hand
        if (!allocator.checkInvariants()) {
            throw new AssertionError("not checked");
        }
    }

    private void openAll() {
        for (int i = 0; i < ARENAS; i++) {
            arenas[i] = allocator.ofConfined();
        }
        Collections.shuffle(Arrays.asList(arenas), new Random(SEED));
    }

    private void openLate() {
        for (int i = 0; i < TRIES; i++) {
            ballast.fill(64);
            try {
                late[i] = allocator.ofConfined();
            } catch (OutOfMemoryError _) {
                refusedOpens++;
            }
        }
    }

    /// Closes arenas, for as long as the heap needs no room. They stay reachable: they are no garbage.
    ///
    /// @return which one is the next
    private int close(Arena[] opened, int from) {
        int next = from;
        while (next < opened.length && collections < MOST_COLLECTIONS) {
            if (ballast.isHeld() && next % 500 == 0) {
                ballast.fill(64);                       // what has become garbage meanwhile
            }
            if (opened[next] != null) {
                close(opened[next]);
            }
            next++;
        }
        return next;
    }

    private void close(Arena arena) {
        final long begin = System.nanoTime();
        try {
            arena.close();
        } catch (OutOfMemoryError _) {
            refusedCloses++;
        }
        if (ballast.isHeld() && System.nanoTime() - begin > COLLECTION_NANOS) {
            collections++;
        }
    }

    private static void expect(long expected, long actual, String what) {
        if (expected != actual) {
            throw new AssertionError(actual + " " + what + ", not " + expected);
        }
    }
}
