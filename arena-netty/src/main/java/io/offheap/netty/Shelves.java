package io.offheap.netty;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// The shelves of one allocator: which of them is the calling thread's, and the sums of what is counted on them.
///
/// A small table, indexed by the thread's number, leads to the shelf: one comparison with the owner's number says whether it
/// is the right one, so that entries may be stale, overwritten or raced for. It is faster than a thread-local variable. Virtual
/// threads have no shelf, and share adders.
///
/// Any thread. Sums are exact when nobody counts meanwhile.
final class Shelves {

    /// Threads whose numbers differ by a multiple of this displace each other, and go through the map.
    private static final int TABLE_SIZE = 1 << 10;

    /// Plain: an entry counts only for the thread that owns it, which wrote what it reads.
    private final Shelf[] table = new Shelf[TABLE_SIZE];

    /// Guarded by itself. By identity, since a class of threads may say that two of them are equal. Those of threads that have
    /// ended go when the next thread comes.
    private final Map<Thread, Shelf> byThread = new IdentityHashMap<>();

    /// Counted by threads without a shelf, and by threads that have ended.
    private final LongAdder otherDirect = new LongAdder();
    private final LongAdder otherHeap = new LongAdder();

    /// {@return the calling thread's shelf, which is made if need be, or null if the thread is virtual or there is no room for a shelf on
    /// the Java heap} Fast.
    Shelf current() {
        final Thread thread = Thread.currentThread();
        final long id = thread.threadId();
        final Shelf shelf = table[(int) id & TABLE_SIZE - 1];
        return shelf != null && shelf.ownerId == id ? shelf : find(thread);
    }

    private Shelf find(Thread thread) {
        if (thread.isVirtual()) {
            return null;
        }
        synchronized (byThread) {
            Shelf shelf = byThread.get(thread);
            if (shelf == null) {
                shelf = tryMake(thread);
            }
            if (shelf != null) {
                table[(int) thread.threadId() & TABLE_SIZE - 1] = shelf;
            }
            return shelf;
        }
    }

    /// Who asks may be about to count a block that it has allocated or freed, so this must not fail.
    private Shelf tryMake(Thread thread) {
        try {
            clearEnded();
            final var shelf = new Shelf(thread.threadId());
            byThread.put(thread, shelf);
            return shelf;
        } catch (OutOfMemoryError heapIsFull) {
            return null;
        }
    }

    /// O(threads): by each thread once.
    private void clearEnded() {
        byThread.entrySet().removeIf(entry -> {
            final boolean ended = !entry.getKey().isAlive();    // what it wrote last is visible then
            if (ended) {
                takeCounts(entry.getValue());
                forget(entry.getValue());
            }
            return ended;
        });
    }

    /// Takes over what the thread of a shelf has counted, once: the shelf may stay, when the Java heap is too full to remove it.
    private void takeCounts(Shelf ended) {
        otherDirect.add(ended.directBytes());
        ended.addDirect(-ended.directBytes());
        otherHeap.add(ended.heapBytes());
        ended.addHeap(-ended.heapBytes());
    }

    /// Leaves a shelf to the collector; its place in the table may be another's already.
    private void forget(Shelf shelf) {
        final int place = (int) shelf.ownerId & TABLE_SIZE - 1;
        if (table[place] == shelf) {
            table[place] = null;
        }
    }

    /// {@return how many there are}
    int count() {
        synchronized (byThread) {
            return byThread.size();
        }
    }

    /// Counts bytes of direct buffers for the calling thread.
    ///
    /// @param shelf the calling thread's, or null
    void addDirect(Shelf shelf, long change) {
        if (shelf != null) {
            shelf.addDirect(change);
        } else {
            otherDirect.add(change);
        }
    }

    /// Counts bytes of heap buffers for the calling thread.
    void addHeap(long change) {
        final Shelf shelf = current();
        if (shelf != null) {
            shelf.addHeap(change);
        } else {
            otherHeap.add(change);
        }
    }

    /// {@return bytes of live direct buffers} O(threads).
    long directBytes() {
        synchronized (byThread) {
            return otherDirect.sum() + byThread.values().stream().mapToLong(Shelf::directBytes).sum();
        }
    }

    /// {@return bytes of live heap buffers} O(threads).
    long heapBytes() {
        synchronized (byThread) {
            return otherHeap.sum() + byThread.values().stream().mapToLong(Shelf::heapBytes).sum();
        }
    }
}
