package io.offheap.memory.table;

import io.offheap.memory.frame.Frames;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The entries of 512 consecutive pages. Holds a reference to each frame that it names.
///
/// Written under the lock of the domain. Readers come without it: entries are aligned longs, and a leaf that was
/// replaced stays as it was for as long as somebody looks at it, because the collector keeps it.
final class Leaf {

    static final int SHIFT = 9;
    static final int SIZE = 1 << SHIFT;

    private static final VarHandle ENTRY = MethodHandles.arrayElementVarHandle(long[].class);

    /// Behind the entries: whose WRITE bits these are, a token of a [PageTable] or 0 for nobody. Written under the
    /// lock after the entries it stands for. It lies here so that a writer needs no look at the leaf itself.
    static final int OWNER = SIZE;

    final long[] entries = new long[SIZE + 1];

    /// How many middle nodes name it. Guarded by the lock.
    int references = 1;

    Leaf() {}

    /// A copy for one user of a shared leaf. Nobody owns it, so its WRITE bits mean nothing.
    Leaf(Leaf shared, Frames frames) {
        for (int i = 0; i < SIZE; i++) {
            final long entry = shared.entries[i];
            entries[i] = entry & ~PageEntry.WRITE;
            if (PageEntry.isFrame(entry)) {
                frames.retain(frames.frameAt(PageEntry.address(entry)));
            }
        }
    }

    /// {@return an element of the entries of a leaf} For readers without the lock.
    static long get(long[] entries, int index) {
        return (long) ENTRY.getAcquire(entries, index);
    }

    long owner() {
        return entries[OWNER];
    }

    void set(int index, long entry) {
        ENTRY.setRelease(entries, index, entry);
    }

    /// Empties an entry and drops the reference to its frame.
    void clear(int index, Frames frames) {
        final long entry = entries[index];
        if (entry != 0) {
            set(index, 0);
            if (PageEntry.isFrame(entry)) {
                frames.release(frames.frameAt(PageEntry.address(entry)));
            }
        }
    }

    /// Lets one space write in place from now on, where entries say so: none does at first.
    void ownBy(long newOwner) {
        for (int i = 0; i < SIZE; i++) {
            entries[i] &= ~PageEntry.WRITE;
        }
        set(OWNER, newOwner);
    }

    /// Drops one reference, and with the last all references to frames.
    void release(Frames frames) {
        if (--references == 0) {
            for (int i = 0; i < SIZE; i++) {
                final long entry = entries[i];
                if (PageEntry.isFrame(entry)) {
                    frames.release(frames.frameAt(PageEntry.address(entry)));
                }
            }
        }
    }
}
