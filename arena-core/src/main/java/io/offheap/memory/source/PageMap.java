package io.offheap.memory.source;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.util.AlignedMath;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// One word for each page of one region: what the page is part of. 0 means: nothing that was handed out.
///
/// The table is flat, out of line and lies in address space of its own, of which only the pages that are
/// written have memory: 8 bytes for each page of the region, 0.2 %. What the bits mean is the user's
/// business.
///
/// Reads and writes are opaque, so no word is ever torn; who hands an address to another thread orders
/// that thread's lookups after the writes.
public final class PageMap {

    private static final VarHandle ENTRY = JAVA_LONG.varHandle();

    private final MemorySegment entries;
    private final long pageCount;

    /// Reserves the table.
    ///
    /// @param pageCount pages of the region
    PageMap(SystemMemory os, long pageCount) {
        this.pageCount = pageCount;
        final long size = sizeBytes(pageCount, os.pageSize());
        this.entries = RawMemory.segment(os.reserve(size), size);
    }

    /// {@return the address space a table takes, in bytes}
    static long sizeBytes(long pageCount, long pageSize) {
        return AlignedMath.alignUp(pageCount * Long.BYTES, pageSize);
    }

    /// {@return the word of page `index`, `0 .. pageCount - 1`}
    public long get(long index) {
        return (long) ENTRY.getOpaque(entries, index * Long.BYTES);
    }

    /// Sets the word of page `index`.
    public void set(long index, long entry) {
        assert 0 <= index && index < pageCount : "index=" + index + " of " + pageCount;
        ENTRY.setOpaque(entries, index * Long.BYTES, entry);
    }

    /// Gives the table's address space back; it must not be used any more.
    void release(SystemMemory os) {
        os.release(entries.address(), entries.byteSize());
    }
}
