package io.offheap.memory.space;

import io.offheap.memory.range.Interval;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// What holds the bytes of a file, page by page.
///
/// Guarded by the lock of the domain, except that mapped pages are read and written without it.
interface FileBacking extends AutoCloseable {

    /// {@return the number of pages, the last one perhaps in part}
    long pages();

    /// {@return whether pages are mapped into this process, so that they can be reached by address} If not, they go
    /// through [#read] and [#write] alone.
    boolean isMapped();

    /// {@return the native address of a page of a mapped file}
    long address(long index);

    /// {@return whether an address is one of a page} Those from before a [#resize] stay good.
    boolean isAddress(long index, long address);

    /// Copies a page to a native address; what lies behind the end reads as zero.
    void read(long index, long to);

    /// Writes into a page of a file that is not mapped.
    ///
    /// @param offset where in the page, in bytes
    void write(long index, long offset, MemorySegment source);

    /// {@return whether a page is known to read as zero} If others may write it, it is not.
    boolean isHole(long index);

    /// {@return the runs of pages in `[start, end)` that a purge would take something from}
    List<Interval<Boolean>> present(long start, long end);

    /// Notes that a page is about to be written and so no hole any more.
    void fill(long index);

    /// Notes that a page is about to become a hole; [#punch] follows.
    void forget(long start, long end);

    /// Takes the memory from pages that were forgotten; they read as zero, also where the operating system refuses to
    /// take it.
    void punch(long start, long end);

    /// Sets the number of pages; if that fails nothing has changed. What a higher one adds are holes. What lay behind a lower one is
    /// gone at the latest when it has been forgotten and punched, once nobody accesses it any more.
    void resize(long pages);

    /// Expects that other processes use it from now on.
    ///
    /// @return the path under which they find it
    String share();

    /// Gives everything back. Nobody may touch a page any more.
    @Override
    void close();
}
