package io.offheap.memory.source;

import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.util.AlignedMath;

/// One word for each page of one region: what the page is part of. 0 means: nothing that was handed out.
///
/// The table is flat, out of line and lies in address space of its own, of which only the pages that are
/// written have memory: 8 bytes for each page of the region, 0.2 %. What the bits mean is the user's
/// business.
///
/// A word is aligned and so never torn; who hands an address to another thread orders
/// that thread's lookups after the writes.
public final class PageMap {

    private final long address;
    private final long pageCount;

    /// Reserves the table.
    ///
    /// @param pageCount pages of the region
    PageMap(SystemMemory os, long pageCount) {
        this.pageCount = pageCount;
        this.address = os.reserve(sizeBytes(pageCount, os.pageSize()));
    }

    /// {@return the address space a table takes, in bytes}
    static long sizeBytes(long pageCount, long pageSize) {
        return AlignedMath.alignUp(pageCount * Long.BYTES, pageSize);
    }

    /// {@return where the words are, one after the other}
    long address() {
        return address;
    }

    /// {@return bytes of address space from [#address] on}
    long size(SystemMemory os) {
        return sizeBytes(pageCount, os.pageSize());
    }

    /// {@return the word of page `index`, `0 .. pageCount - 1`}
    public long get(long index) {
        return RawMemory.getLong(address + index * Long.BYTES);
    }

    /// Sets the word of page `index`.
    public void set(long index, long entry) {
        assert 0 <= index && index < pageCount : "index=" + index + " of " + pageCount;
        RawMemory.putLong(address + index * Long.BYTES, entry);
    }

    /// Gives the table back, which nobody has seen.
    void release(SystemMemory os) {
        os.release(address, size(os));
    }

    /// Forgets every word and gives their memory back. The table stays ([Remains]): it may still be asked, and
    /// answers 0.
    ///
    /// @param usedCount the words from this one on were never set
    void forget(SystemMemory os, long usedCount) {
        if (usedCount > 0) {
            os.advise(address, sizeBytes(usedCount, os.pageSize()), Advice.DONTNEED);
        }
    }
}
