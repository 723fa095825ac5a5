package io.offheap.allocator;

import java.lang.ref.SoftReference;
import java.util.function.BooleanSupplier;

/// Heap garbage that has grown old: it has the collector look through the old generation, as that is full.
///
/// Garbage that dies young has young collections run, however much there is of it, and those do not find what has grown old. So pieces stay
/// reachable until there are as many as a part of the heap holds: each young collection moves to the old generation what does not fit into survivor space,
/// where it is garbage soon after. That takes some young collections, and about as much garbage as the heap is large, or a few times that.
///
/// The pieces are softly reachable: if the program needs that part of the heap, it has it at once.
///
/// Pure: it asks neither allocator nor collector.
final class OldGarbage {

    /// Bytes of one piece: too small to be handled as a large object by any collector.
    private static final int PIECE = 64 << 10;

    /// One part in so many of the heap is reachable, and so many bytes at most: more than survivor space holds, also where the parallel collector has
    /// enlarged that for what survives.
    private static final int PART = 4;
    private static final long MOST_REACHABLE = 64 << 20;

    /// Garbage of so many heaps fills the old generation, and so many bytes do at most: enough for a heap of 256 MiB.
    private static final int HEAPS = 8;
    private static final long MOST_BYTES = 1 << 30;

    private OldGarbage() {}

    /// Makes garbage until there is enough, or it is not to be had this way: it takes a few tenths of a second then.
    ///
    /// @param leastNanos for how long at least, before it gives up: ZGC takes some hundredths of a second until it collects the old generation
    static void make(BooleanSupplier isEnough, long leastNanos) {
        final long begin = System.nanoTime();
        final long heap = Runtime.getRuntime().maxMemory();
        final int count = (int) (Math.min(heap / PART, MOST_REACHABLE) / PIECE) + 1;
        final long most = Math.min(HEAPS * heap, MOST_BYTES) / PIECE;
        try {
            var pieces = new SoftReference<>(new byte[count][]);
            for (int i = 0; !isEnough.getAsBoolean() && (i < most || System.nanoTime() - begin < leastNanos); i++) {
                if (!keeps(pieces, i % count, new byte[PIECE])) {
                    pieces = new SoftReference<>(new byte[count][]);    // a collection that had begun before may have taken them: it finds nothing
                }
            }
        } catch (OutOfMemoryError _) {
            // full of what is in use, so it was collected more than once
        }
    }

    /// {@return whether the pieces are still there} A method of its own: nothing else refers to them, and not while a piece is made.
    private static boolean keeps(SoftReference<byte[][]> pieces, int place, byte[] piece) {
        final var all = pieces.get();
        if (all == null) {
            return false;
        }
        all[place] = piece;
        return true;
    }
}
