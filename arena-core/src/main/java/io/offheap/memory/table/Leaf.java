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

    // Pages that lie in memory in their order from the first on, as those do that were first written in order. Guarded by
    // the lock.
    private final long pageSize;
    private int readable;                                               // so many may be read
    private int writable;                                               // of these, so many from the first on have WRITE

    Leaf(long pageSize) {
        this.pageSize = pageSize;
    }

    /// A copy for one user of a shared leaf. Nobody owns it, so its WRITE bits mean nothing.
    Leaf(Leaf shared, Frames frames) {
        this(shared.pageSize);
        readable = shared.readable;
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
        readable = lineAfter(index, readable, PageEntry.READ);
        writable = lineAfter(index, writable, PageEntry.READ | PageEntry.WRITE);
    }

    /// {@return how long a line is after the entry at an index has changed} O(1), and what it grows by.
    private int lineAfter(int index, int before, long flags) {
        int length = index == 0 ? 0 : Math.min(index, before);
        if (length == index) {
            while (length < SIZE && continuesLine(length, flags)) {
                length++;
            }
        }
        return length;
    }

    private boolean continuesLine(int index, long flags) {
        final long entry = entries[index];
        return (entry & flags) == flags && PageEntry.address(entry) == lineStart() + index * pageSize;
    }

    /// {@return the address of the first page}
    long lineStart() {
        return PageEntry.address(entries[0]);
    }

    /// {@return how many pages, from the first on, may be read and lie in memory in their order}
    int readableLine() {
        return readable;
    }

    /// {@return how many pages, from the first on, have WRITE and lie in memory in their order}
    int writableLine() {
        return writable;
    }

    void setOwner(long owner) {
        ENTRY.setRelease(entries, OWNER, owner);
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
        writable = 0;
        setOwner(newOwner);
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
