package io.offheap.netty;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// The racks of one allocator: which of them is the calling thread's, and the sums of what is counted on them.
///
/// A small table, indexed by the thread's number, leads to the rack: one comparison with the owner's number says whether it
/// is the right one, so that entries may be stale, overwritten or raced for. It is faster than a thread-local variable. Virtual
/// threads have no rack, and share adders.
///
/// Any thread. Sums are exact when nobody counts meanwhile.
final class Racks {

    /// Threads whose numbers differ by a multiple of this displace each other, and go through the map.
    private static final int TABLE_SIZE = 1 << 10;

    /// Plain: an entry counts only for the thread that owns it, which wrote what it reads.
    private final Rack[] table = new Rack[TABLE_SIZE];

    /// Guarded by itself. By identity, since a class of threads may say that two of them are equal. Those of threads that have
    /// ended go when the next thread comes.
    private final Map<Thread, Rack> byThread = new IdentityHashMap<>();

    /// Counted by threads without a rack, and by threads that have ended.
    private final LongAdder otherDirect = new LongAdder();
    private final LongAdder otherHeap = new LongAdder();

    /// {@return the calling thread's rack, which is made if need be, or null if the thread is virtual or there is no room for a rack on
    /// the Java heap} Fast.
    Rack current() {
        final Thread thread = Thread.currentThread();
        final long id = thread.threadId();
        final Rack rack = table[(int) id & TABLE_SIZE - 1];
        return rack != null && rack.ownerId == id ? rack : find(thread);
    }

    private Rack find(Thread thread) {
        if (thread.isVirtual()) {
            return null;
        }
        synchronized (byThread) {
            Rack rack = byThread.get(thread);
            if (rack == null) {
                rack = tryMake(thread);
            }
            if (rack != null) {
                table[(int) thread.threadId() & TABLE_SIZE - 1] = rack;
            }
            return rack;
        }
    }

    /// Who asks may be about to count a block that it has allocated or freed, so this must not fail.
    private Rack tryMake(Thread thread) {
        try {
            clearEnded();
            final var rack = new Rack(thread.threadId());
            byThread.put(thread, rack);
            return rack;
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

    /// Takes over what the thread of a rack has counted, once: the rack may stay, when the Java heap is too full to remove it.
    private void takeCounts(Rack ended) {
        otherDirect.add(ended.directBytes());
        ended.addDirect(-ended.directBytes());
        otherHeap.add(ended.heapBytes());
        ended.addHeap(-ended.heapBytes());
    }

    /// Leaves a rack to the collector; its place in the table may be another's already.
    private void forget(Rack rack) {
        final int place = (int) rack.ownerId & TABLE_SIZE - 1;
        if (table[place] == rack) {
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
    /// @param rack the calling thread's, or null
    void addDirect(Rack rack, long change) {
        if (rack != null) {
            rack.addDirect(change);
        } else {
            otherDirect.add(change);
        }
    }

    /// Counts bytes of heap buffers for the calling thread.
    void addHeap(long change) {
        final Rack rack = current();
        if (rack != null) {
            rack.addHeap(change);
        } else {
            otherHeap.add(change);
        }
    }

    /// {@return bytes of live direct buffers} O(threads).
    long directBytes() {
        synchronized (byThread) {
            return otherDirect.sum() + byThread.values().stream().mapToLong(Rack::directBytes).sum();
        }
    }

    /// {@return bytes of live heap buffers} O(threads).
    long heapBytes() {
        synchronized (byThread) {
            return otherHeap.sum() + byThread.values().stream().mapToLong(Rack::heapBytes).sum();
        }
    }
}
