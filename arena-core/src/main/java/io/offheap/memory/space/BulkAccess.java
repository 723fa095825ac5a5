package io.offheap.memory.space;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.table.PageTable;
import io.offheap.memory.types.MemoryAccessException;
import java.lang.foreign.MemorySegment;

/// Copies many bytes out of a space and into it.
///
/// All pages are checked before a byte is copied: what fails has copied nothing. Pages that are there are copied without a
/// lock, [WriterGate#MOST_READ] at a time out of the space and [WriterGate#MOST_WRITTEN] into it: who copies announces
/// himself at the gate, checks the pages, and copies what he has found. Whoever takes pages away waits for him, so the bytes are
/// those that were there, whatever happens meanwhile. A fork takes no page from a reader, and waits for writers only.
///
/// More pages than that are held for as long as they are copied: nobody purges them. Somebody may unmap, move, drop or
/// truncate them, though, and nobody waits for a copy as long as that: then the copy ends with an exception after some of
/// those pages, and all that was copied was theirs.
public final class BulkAccess {

    private static final int PAGE_SHIFT = Long.numberOfTrailingZeros(Platform.memory().pageSize());
    private static final long OFFSET_MASK = (1L << PAGE_SHIFT) - 1;

    private final Space space;
    private final Domain domain;
    private final PageTable table;

    /// @param space whose bytes; its pages are those of this machine
    public BulkAccess(Space space) {
        this.space = space;
        this.domain = space.domain;
        this.table = space.table;
    }

    /// Finds the page of a range, or 0 if it cannot be copied without the lock.
    private interface Lookup {
        long find(long page);
    }

    /// Copies a part of a page.
    private interface Copy {
        void copy(long nativeAddress, long offset, long size);
    }

    /// Copies bytes out of the space.
    ///
    /// @param target filled, whatever its length
    public void read(long address, MemorySegment target) {
        final long size = target.byteSize();
        requireRange(address, size);
        if (size == 0) {
            return;
        }
        try {
            read(address, address + size, target);
        } catch (MemoryAccessException fault) {
            throw Faults.at(address, fault);
        }
    }

    private void read(long address, long end, MemorySegment target) {
        if (lastPage(end) - firstPage(address) <= WriterGate.MOST_READ) {
            readChunk(address, end, target);
            return;
        }
        hold(address, end, 1);
        try {
            checkReadable(address, end);
            for (long from = address; from < end; from = chunkEnd(from, end, WriterGate.MOST_READ)) {
                final long to = chunkEnd(from, end, WriterGate.MOST_READ);
                readChunk(from, to, target.asSlice(from - address, to - from));
            }
        } finally {
            hold(address, end, -1);
        }
    }

    /// Copies bytes into the space.
    public void write(long address, MemorySegment source) {
        final long size = source.byteSize();
        requireRange(address, size);
        if (size == 0) {
            return;
        }
        try {
            write(address, address + size, source);
        } catch (MemoryAccessException fault) {
            throw Faults.at(address, fault);
        }
    }

    private void write(long address, long end, MemorySegment source) {
        if (lastPage(end) - firstPage(address) <= WriterGate.MOST_WRITTEN) {
            writeChunk(address, end, source);
            return;
        }
        hold(address, end, 1);
        try {
            if (!isThere(address, end, table::writable)) {
                makeWritable(address, end);
            }
            for (long from = address; from < end; from = chunkEnd(from, end, WriterGate.MOST_WRITTEN)) {
                final long to = chunkEnd(from, end, WriterGate.MOST_WRITTEN);
                writeChunk(from, to, source.asSlice(from - address, to - from));
            }
        } finally {
            hold(address, end, -1);
        }
    }

    private static long firstPage(long address) {
        return address >>> PAGE_SHIFT;
    }

    private static long lastPage(long end) {
        return (end - 1 >>> PAGE_SHIFT) + 1;
    }

    private static long chunkEnd(long from, long end, long pages) {
        return Math.min(end, (from & ~OFFSET_MASK) + (pages << PAGE_SHIFT));
    }

    /// Begins to keep pages from being purged, or ends it.
    private void hold(long address, long end, int change) {
        domain.lock.lock();
        try {
            Editor.count(space.copied, firstPage(address), lastPage(end), change);
        } finally {
            domain.unlock();
        }
    }

    private boolean isThere(long address, long end, Lookup lookup) {
        for (long page = firstPage(address); page < lastPage(end); page++) {
            if (lookup.find(page) == 0) {
                return false;
            }
        }
        return true;
    }

    private void checkReadable(long address, long end) {
        if (isThere(address, end, this::readable)) {
            return;
        }
        try (var _ = space.begin()) {
            domain.faults.check(space, firstPage(address), lastPage(end), false);
        }
    }

    private long readable(long page) {
        final long entry = table.get(page);
        return PageEntry.isReadable(entry) ? entry : 0;
    }

    /// Makes all pages writable before a byte is stored: what can fail, fails here.
    private void makeWritable(long address, long end) {
        final long first = firstPage(address);
        final long last = lastPage(end);
        domain.enter(last - first, () -> domain.faults.pagesToWrite(space, first, last));
        try {
            space.requireOpen();
            domain.faults.check(space, first, last, true);
            for (long page = first; page < last; page++) {
                domain.faults.write(space, page);
            }
        } finally {
            domain.leave();
        }
    }

    private void readChunk(long start, long end, MemorySegment target) {
        final Copy copy = (from, offset, size) ->
                MemorySegment.copy(RawMemory.segment(from, size), 0, target, offset, size);
        if (copyAtOnce(start, end, true, this::readable, copy)) {
            return;
        }
        try (var _ = space.begin()) {
            domain.faults.check(space, firstPage(start), lastPage(end), false);
            for (long from = start; from < end; from = nextPage(from, end)) {
                final long page = domain.faults.read(space, firstPage(from));
                copy.copy(page + (from & OFFSET_MASK), from - start, nextPage(from, end) - from);
            }
        }
    }

    private void writeChunk(long start, long end, MemorySegment source) {
        final Copy copy = (to, offset, size) ->
                MemorySegment.copy(source, offset, RawMemory.segment(to, size), 0, size);
        if (copyAtOnce(start, end, false, table::writable, copy)) {
            return;
        }
        makeWritable(start, end);
        if (!copyAtOnce(start, end, false, table::writable, copy)) {
            writeUnderLock(start, end, source, copy);
        }
    }

    private void writeUnderLock(long start, long end, MemorySegment source, Copy copy) {
        final long first = firstPage(start);
        final long last = lastPage(end);
        domain.enter(last - first, () -> domain.faults.pagesToWrite(space, first, last));
        try {
            space.requireOpen();
            domain.faults.check(space, first, last, true);
            final long[] targets = new long[(int) (last - first)];
            for (long page = first; page < last; page++) {
                targets[(int) (page - first)] = domain.faults.write(space, page);
            }
            for (long from = start; from < end; from = nextPage(from, end)) {
                final long target = targets[(int) (firstPage(from) - first)];
                final long size = nextPage(from, end) - from;
                if (target == 0) {
                    domain.faults.writeFile(space, from, source.asSlice(from - start, size));
                } else {
                    copy.copy(target + (from & OFFSET_MASK), from - start, size);
                }
            }
        } finally {
            domain.leave();
        }
    }

    private static long nextPage(long from, long end) {
        return Math.min(end, (from | OFFSET_MASK) + 1);
    }

    /// Copies without a lock if every page is there.
    ///
    /// @return whether it has; if not, not a byte was copied
    private boolean copyAtOnce(long start, long end, boolean toRead, Lookup lookup, Copy copy) {
        final var own = WriterGate.slot();
        final var slot = own == null ? WriterGate.borrow(toRead) : own;
        if (slot == null) {
            return false;
        }
        if (own != null) {
            own.enter(toRead);
        }
        try {
            final long[] found = slot.found((int) (lastPage(end) - firstPage(start)));
            return find(firstPage(start), lastPage(end), lookup, found) && copyFound(start, end, found, copy);
        } finally {                                                     // the caller's segment may be closed
            if (own == null) {
                WriterGate.giveBack(slot);
            } else {
                own.exit();
            }
        }
    }

    private static boolean find(long first, long last, Lookup lookup, long[] found) {
        for (long page = first; page < last; page++) {
            final long entry = lookup.find(page);
            if (entry == 0) {
                return false;
            }
            found[(int) (page - first)] = PageEntry.address(entry);
        }
        return true;
    }

    /// Neighbours in memory are copied together.
    private static boolean copyFound(long start, long end, long[] found, Copy copy) {
        final long first = firstPage(start);
        for (long from = start; from < end; ) {
            final long at = found[(int) (firstPage(from) - first)] + (from & OFFSET_MASK);
            long to = nextPage(from, end);
            while (to < end && found[(int) (firstPage(to) - first)] == at + to - from) {
                to = nextPage(to, end);
            }
            copy.copy(at, from - start, to - from);
            from = to;
        }
        return true;
    }

    private static void requireRange(long address, long size) {
        if (address < 0 || address > Long.MAX_VALUE - size) {
            throw new IllegalArgumentException("address=0x%x, size=%d".formatted(address, size));
        }
    }
}
