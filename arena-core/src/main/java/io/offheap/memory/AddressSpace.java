package io.offheap.memory;

import io.offheap.memory.mapping.Protection;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.space.Access;
import io.offheap.memory.space.BulkAccess;
import io.offheap.memory.space.Diagnosis;
import io.offheap.memory.space.Editor;
import io.offheap.memory.space.Pins;
import io.offheap.memory.space.Placement;
import io.offheap.memory.space.Space;
import io.offheap.memory.space.Volatility;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.PageRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/// What a process sees of memory, as an object: pages at addresses, mapped, forked, shared, volatile.
///
/// Addresses are virtual: numbers from 0 up to 2^27 pages that mean something in this space only. Addresses, offsets and
/// sizes are in bytes; those of ranges are multiples of the page size.
///
/// ## Errors
/// A misaligned, negative or too large range is an `IllegalArgumentException`, a page in it that is not mapped a
/// [io.offheap.memory.types.MappingException], memory that cannot be had an `OutOfMemoryError`, a space that is
/// closed or a page that is pinned an `IllegalStateException`. What throws has changed nothing. An access to what is
/// not mapped is a [io.offheap.memory.types.SegmentationFaultException], one to what was purged or truncated a
/// [io.offheap.memory.types.BusErrorException]. An empty range is nothing to do.
///
/// ## Concurrency
/// Thread-safe. Single reads and writes are as atomic as those of plain memory; bulk ones are not. Pages that are
/// there are reached without a lock, and mostly at the cost of a `MemorySegment`; everything else takes the lock of the
/// domain, shortly. Operations that take pages away after many words were written stop all threads for a moment, 50 to 300 us
/// (docs/vm.md). A write that meets a purge is lost with the page or fails, a write that meets a fork belongs to both sides or to the parent alone.
public final class AddressSpace implements AutoCloseable {

    private final Space space;
    private final Access access;
    private final BulkAccess bulk;

    AddressSpace(Space space) {
        this.space = space;
        this.access = new Access(space);
        this.bulk = new BulkAccess(space);
    }

    /// {@return its name}
    public String name() {
        return space.name();
    }

    // ---- what is mapped

    /// Maps zeros at `[address, address + size)`, in place of what is there. O(log mappings); no memory is used until
    /// a page is written.
    ///
    /// @throws IllegalArgumentException if the size is 0
    public void map(long address, long size) {
        Editor.map(space, range(address, size), null, 0, false, Protection.READ_WRITE);
    }

    /// Maps a part of an object, in place of what is there. Pages that lie behind the end of the object are mapped, and
    /// accesses to them are bus errors.
    ///
    /// @param offset where in the object to start
    /// @param shared whether writes go to the object and are seen by all; if not, a page that is written is copied first
    /// @throws IllegalArgumentException if the size is 0, or the object belongs to another domain
    /// @throws IllegalStateException    if the object is closed
    public void map(long address, long size, SharedObject object, long offset, boolean shared) {
        object.requireIn(space.domain());
        Editor.map(space, range(address, size), object.file(), pages(offset), shared, Protection.READ_WRITE);
    }

    /// Unmaps what is mapped in a range; what is not is no error. Marks, purges and policies of it end.
    public void unmap(long address, long size) {
        Editor.unmap(space, range(address, size));
    }

    /// Moves a range with pages, marks, purges and policies, in place of what is mapped at the target. May span several
    /// mappings. O(pages that are there).
    ///
    /// @throws IllegalArgumentException if source and target overlap
    public void remap(long address, long size, long target) {
        Editor.remap(space, range(address, size), pages(target), false);
    }

    /// Moves pages as [#remap] does, but leaves the source mapped, pinned and empty: private memory reads as zero
    /// there, shared memory as the object.
    ///
    /// @throws IllegalArgumentException if source and target overlap
    public void remapKeepingSource(long address, long size, long target) {
        Editor.remap(space, range(address, size), pages(target), true);
    }

    /// Lets a range that ends where its mapping ends become longer in place.
    ///
    /// @return false, and nothing has changed, if something is mapped behind it
    /// @throws IllegalArgumentException if it does not end there, or would not become longer
    public boolean grow(long address, long size, long newSize) {
        return Editor.grow(space, range(address, size), pages(newSize));
    }

    /// Forbids writing to a mapped range: it is then a segmentation fault.
    public void protectReadOnly(long address, long size) {
        Editor.protect(space, range(address, size), Protection.READ);
    }

    /// Forbids every access to a mapped range.
    public void protectNone(long address, long size) {
        Editor.protect(space, range(address, size), Protection.NONE);
    }

    /// Allows reading and writing in a mapped range.
    public void protectReadWrite(long address, long size) {
        Editor.protect(space, range(address, size), Protection.READ_WRITE);
    }

    /// {@return a copy of this space, as of one moment} No page is copied: both sides share them until one of them
    /// writes. O(mappings + marked ranges + pinned pages), whatever the memory. Marks and purges are copied by value,
    /// and what one side does afterwards the other does not see, except through shared objects.
    ///
    /// @throws OutOfMemoryError if pinned pages cannot be copied
    public AddressSpace fork(String name) {
        return new AddressSpace(Editor.fork(space, name));
    }

    /// {@return a copy of this space to read from while this one is written}: a fork for backup or analysis.
    public AddressSpace snapshot() {
        return fork(space.name() + "-snapshot");
    }

    /// Unmaps everything; the space stays.
    public void exec() {
        Editor.exec(space);
    }

    /// Unmaps everything for good. Idempotent.
    ///
    /// @throws IllegalStateException if a page is pinned
    @Override
    public void close() {
        space.close();
    }

    // ---- volatile ranges

    /// Lets a range be purged, all of it together: losing one page means losing all that can be lost. O(log marks).
    ///
    /// A page that several spaces have is purged if all of them let it. The mark covers addresses: pages that come later
    /// too. Until a page is purged it can be read and written, and a write saves nothing.
    public void markVolatile(long address, long size) {
        Volatility.mark(space, range(address, size), true);
    }

    /// Lets a range be purged as [#markVolatile] does, but page by page, as many as are wanted.
    public void markVolatilePartially(long address, long size) {
        Volatility.mark(space, range(address, size), false);
    }

    /// Takes a range back. When it returns no page of it can be purged, also if the object behind it was marked.
    /// Pages that were purged read as zero (or as the file) from now on. O(log marks + mappings in the range).
    ///
    /// @return whether exactly this range has lost a page since it was marked
    public Contents unmarkVolatile(long address, long size) {
        return Volatility.unmark(space, range(address, size)) ? Contents.PURGED : Contents.INTACT;
    }

    /// Lets those pages of a private anonymous range that are there be dropped silently: they then read as zero, and
    /// nobody is told but who has marked it as well. Writing to one takes it back.
    ///
    /// @throws IllegalArgumentException if the range shows an object
    public void freeLazily(long address, long size) {
        Volatility.freeLazily(space, range(address, size));
    }

    /// Drops the space's own pages of a range: they read as zero or as the object from now on. Marks stay.
    public void drop(long address, long size) {
        Volatility.drop(space, range(address, size));
    }

    /// Keeps the pages of a range from being purged until as many calls of [#unwire].
    public void wire(long address, long size) {
        Editor.wire(space, range(address, size));
    }

    /// Undoes one [#wire].
    public void unwire(long address, long size) {
        Editor.unwire(space, range(address, size));
    }

    /// {@return what is true of a range; what is not mapped counts as pinned}
    public PageStatus status(long address, long size) {
        final var status = Volatility.status(space, range(address, size));
        return new PageStatus(status.isPinned(), status.residentPages(), status.purgedPages());
    }

    /// {@return the pages of a mapped range that were purged and not yet taken back, ascending} An access to one of them is a bus error;
    /// after [#unmarkVolatile] they are what has to be made anew, and nobody knows of them any more: ask before. O(mappings + purges).
    ///
    /// @throws io.offheap.memory.types.MappingException if a page is not mapped
    public List<PageRange> purgedRanges(long address, long size) {
        return Volatility.purgedRanges(space, range(address, size));
    }

    // ---- access

    /// {@return the byte at an address}
    public byte getByte(long address) {
        final var window = space.window();
        if (window.hasByte(address)) {
            try {
                return window.getByte(address);
            } catch (IllegalStateException | OutOfMemoryError _) {
                // it has ended, and there may be no heap to say so
            }
        }
        return access.getByte(address);
    }

    /// {@return the 8 bytes at an address, a multiple of 8, in native order}
    public long getLong(long address) {
        final var window = space.window();
        if (window.hasLong(address)) {
            try {
                return window.getLong(address);
            } catch (IllegalStateException | OutOfMemoryError _) {
                // it has ended, and there may be no heap to say so
            }
        }
        return access.getLong(address);
    }

    /// Stores a byte.
    public void putByte(long address, byte value) {
        if (!space.window().tryPutByte(address, value)) {
            access.putByte(address, value);
        }
    }

    /// Stores 8 bytes at an address, a multiple of 8, in native order.
    public void putLong(long address, long value) {
        if (!space.window().tryPutLong(address, value)) {
            access.putLong(address, value);
        }
    }

    /// Fills a segment with bytes from an address on. All pages are checked before a byte is copied: a page that was
    /// purged, anywhere in the range, counts before one that is not mapped. What throws has copied nothing, unless it is
    /// more than 1024 pages that another thread unmaps, moves, drops or truncates meanwhile. Who does that, or purges, waits for
    /// the copy of up to 1024 pages; a [#fork] waits for none.
    public void read(long address, MemorySegment target) {
        bulk.read(address, target);
    }

    /// Stores the bytes of a segment from an address on. All pages are checked, and copied where they are shared,
    /// before a byte is stored. Who takes pages away or forks waits for the copy of up to 64 pages.
    public void write(long address, MemorySegment source) {
        bulk.write(address, source);
    }

    /// Makes a range present and writable, and keeps it where it is: for native code, vectors, channels.
    ///
    /// While it is pinned the range is not purged, and cannot be unmapped, moved, protected or dropped, nor can what an object
    /// has there be punched, truncated or zapped, or go to another node: who tries meets an `IllegalStateException`. A fork copies its
    /// pages for the child, so that the segments stay with this space.
    ///
    /// @throws io.offheap.memory.types.MemoryAccessException if a page cannot be written
    public Pin pin(long address, long size) {
        final var range = range(address, size);
        final var runs = Pins.pin(space, range);
        Pin pin = null;
        try {
            pin = new Pin(this, range, runs);
            return pin;
        } finally {
            if (pin == null) {
                Pins.unpin(space, range);               // no Java heap for the segments
            }
        }
    }

    /// Pages that stay where they are while it is open. Thread-safe.
    public static final class Pin implements AutoCloseable {
        private final AddressSpace owner;
        private final PageRange range;
        private final Arena arena = Arena.ofShared();
        private final List<MemorySegment> segments;
        private final AtomicBoolean closed = new AtomicBoolean();

        private Pin(AddressSpace owner, PageRange range, List<Pins.Run> runs) {
            this.owner = owner;
            this.range = range;
            this.segments = runs.stream().map(run -> RawMemory.segment(run.address(), run.size(), arena)).toList();
        }

        /// {@return the memory of the range, in its order} Pages that are neighbours in memory are one segment. They die
        /// with the pin.
        public List<MemorySegment> segments() {
            return segments;
        }

        /// Lets the pages go. The segments can no longer be used. Idempotent.
        ///
        /// @throws IllegalStateException if a segment is in use by a native call; the pin is still open then
        @Override
        public void close() {
            if (!closed.compareAndSet(false, true)) {
                return;
            }
            try {
                arena.close();
            } catch (IllegalStateException e) {
                closed.set(false);
                throw e;
            }
            Pins.unpin(owner.space, range);
        }
    }

    // ---- placement and diagnosis

    /// Sets the NUMA policy of a range for pages that are made later; that of a shared object is the object's.
    ///
    /// @param policy `default`, or `bind:`, `interleave:` or `prefer:` with node numbers and commas between them
    public void bind(long address, long size, String policy) {
        Diagnosis.bind(space, range(address, size), policy);
    }

    /// {@return the NUMA policies of what is mapped in a range, such as `bind:0@0-3 default@3-8`, in pages}
    public String policies(long address, long size) {
        return Diagnosis.policies(space, range(address, size));
    }

    /// {@return who has the page at an address: places such as `A:10`, space and page, by the age of the space}
    public List<String> whoUses(long address) {
        return Diagnosis.whoUses(space, pages(address));
    }

    /// {@return the mappings, such as `0-4`, in pages}
    public List<String> mappings() {
        return Diagnosis.mappings(space);
    }

    private PageRange range(long address, long size) {
        return PageRange.ofBytes(address, size, space.domain().pageSize());
    }

    private long pages(long bytes) {
        return PageRange.pages(bytes, space.domain().pageSize());
    }
}
