package io.offheap.memory.space;

import static io.offheap.memory.table.PageEntry.FILE;
import static io.offheap.memory.table.PageEntry.READ;
import static io.offheap.memory.table.PageEntry.WRITE;

import io.offheap.memory.mapping.Mapping;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.table.PageEntry;
import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.FaultReason;
import io.offheap.memory.types.MemoryAccessException;
import io.offheap.memory.types.SegmentationFaultException;
import java.lang.foreign.MemorySegment;

/// What happens when a page is accessed and the entry does not simply allow it.
///
/// Every method runs under the lock of the domain. What throws has changed nothing.
final class Faults {

    private final Domain domain;

    /// Holds a page of a file that is not mapped while it is being read.
    private long scratch;

    Faults(Domain domain) {
        this.domain = domain;
    }

    /// {@return the fault of an access that begins at an address} Pages are looked at whole, so it may name the start of the first one.
    static MemoryAccessException at(long address, MemoryAccessException fault) {
        if (Long.compareUnsigned(fault.address(), address) >= 0) {
            return fault;
        }
        return switch (fault) {
            case BusErrorException bus -> new BusErrorException(address, bus.reason());
            case SegmentationFaultException _ -> new SegmentationFaultException(address);
        };
    }

    /// {@return a native address at which the page can be read until the lock is released}
    long read(Space space, long page) {
        final var mapping = space.mappings.find(page);
        if (mapping == null || !mapping.protection().isReadable()) {
            throw domain.segmentationFault(page);
        }
        final long entry = space.table.get(page);
        if (PageEntry.isFrame(entry)) {
            return PageEntry.address(entry);
        }
        requirePage(space, mapping, page);
        if (mapping.isAnonymous()) {
            return domain.frames.zeroPage();
        }
        final var file = (FileObject) mapping.file();
        final long index = mapping.indexOf(page);
        acquire(space, file, index);
        if (file.backing.isHole(index)) {
            return domain.frames.zeroPage();
        }
        if (entry == 0) {
            final boolean writes = mapping.isShared() && mapping.protection().isWritable();
            space.table.set(page, !file.backing.isMapped() ? PageEntry.of(0, FILE)
                    : PageEntry.of(file.backing.address(index), FILE | READ | (writes ? WRITE : 0)));
        }
        return readFile(file, index);
    }

    /// {@return a native address at which a page of a file can be read until the lock is released}
    long readFile(FileObject file, long index) {
        if (file.backing.isMapped()) {
            return file.backing.address(index);
        }
        if (scratch == 0) {
            scratch = domain.os.reserve(domain.pageSize());
        }
        file.backing.read(index, scratch);
        return scratch;
    }

    /// {@return a native address at which the page can be written until the lock is released; 0 if it goes through a
    /// file that is not mapped}
    long write(Space space, long page) {
        final long address = makeWritable(space, page);
        if (address != 0) {
            domain.windows.noteWritable(space, page, address);
        }
        return address;
    }

    private long makeWritable(Space space, long page) {
        final var mapping = space.mappings.find(page);
        if (mapping == null || !mapping.protection().isWritable()) {
            throw domain.segmentationFault(page);
        }
        final long entry = space.table.get(page);
        if (PageEntry.isFrame(entry)) {
            return writeFrame(space, mapping, page);
        }
        requirePage(space, mapping, page);
        if (mapping.isAnonymous()) {
            reserveFrame();
            space.table.own(page);                                      // so that what comes behind the frame needs no heap
            final long address = newFrame(space, mapping, page, true);
            space.table.set(page, PageEntry.of(address, READ | WRITE));
            return address;
        }
        final var file = (FileObject) mapping.file();
        final long index = mapping.indexOf(page);
        if (!mapping.isShared()) {
            return copyFromFile(space, mapping, page, file, index);
        }
        acquire(space, file, index);
        file.backing.fill(index);
        if (!file.backing.isMapped()) {
            if (space.table.get(page) == 0) {
                space.table.set(page, PageEntry.of(0, FILE));
            }
            return 0;
        }
        final long address = file.backing.address(index);
        if (space.table.get(page) == 0) {
            space.table.set(page, PageEntry.of(address, FILE | READ | WRITE));
        } else {
            space.table.setAccess(page, READ | WRITE);
        }
        return address;
    }

    /// Stores bytes that lie in one page of a file that is not mapped.
    void writeFile(Space space, long address, MemorySegment source) {
        final long page = address >>> domain.pageShift;
        final var mapping = space.requireMapping(page);
        ((FileObject) mapping.file()).backing.write(
                mapping.indexOf(page), address & domain.pageSize() - 1, source);
    }

    /// Checks a range before a byte of it is copied, and changes nothing: contents that are gone count more than addresses that
    /// are not mapped, wherever they are. O(pages of the range that are mapped).
    ///
    /// @throws MemoryAccessException what an access would throw
    void check(Space space, long start, long end, boolean toWrite) {
        long unmapped = space.mappings.firstHole(start, end);
        for (final var mapping : space.mappings.touching(start, end)) {
            final long from = Math.max(start, mapping.start());
            if (!(toWrite ? mapping.protection().isWritable() : mapping.protection().isReadable())) {
                unmapped = Math.min(unmapped, from);
            } else {
                requirePages(space, mapping, from, Math.min(end, mapping.end()));
            }
        }
        if (unmapped < end) {
            throw domain.segmentationFault(unmapped);
        }
    }

    private void requirePages(Space space, Mapping mapping, long start, long end) {
        for (long page = start; page < end; page++) {
            if (!PageEntry.isFrame(space.table.get(page))) {
                requirePage(space, mapping, page);
            }
        }
    }

    /// {@return how many pages writes of a range may need, at most} Throws what the writes would.
    long pagesToWrite(Space space, long start, long end) {
        space.requireOpen();
        check(space, start, end, true);
        long needed = 0;
        for (long page = start; page < end; page++) {
            needed += space.table.writable(page) == 0 ? 1 : 0;
        }
        return needed;
    }

    /// @throws io.offheap.memory.types.BusErrorException if the page was purged or its file ends before it
    private void requirePage(Space space, Mapping mapping, long page) {
        if (space.purged.contains(page)) {
            throw domain.busError(page, FaultReason.PURGED);
        }
        if (!mapping.isAnonymous()) {
            final var file = (FileObject) mapping.file();
            final long index = mapping.indexOf(page);
            if (index >= file.pages()) {
                throw domain.busError(page, FaultReason.TRUNCATED);
            }
            if (file.purged.contains(index)) {
                throw domain.busError(page, FaultReason.PURGED);
            }
        }
    }

    /// A page that this space may have to share: written in place by a sole owner, else copied.
    private long writeFrame(Space space, Mapping mapping, long page) {
        space.table.own(page);
        final long entry = space.table.get(page);
        final int shared = domain.frames.frameAt(PageEntry.address(entry));
        if (domain.frames.references(shared) == 1) {
            domain.grace.awaitReaders();                                // of those who had it too
            space.lazy.remove(page, page + 1);
            space.table.setAccess(page, READ | WRITE);
            return PageEntry.address(entry);
        }
        reserveFrame();
        final long address = newFrame(space, mapping, page, false);
        RawMemory.copy(PageEntry.address(entry), address, domain.pageSize());
        space.table.replace(page, PageEntry.of(address, READ | WRITE));
        space.lazy.remove(page, page + 1);
        space.advanceEpoch();
        domain.inAdvance.noteCopy();
        return address;
    }

    private long copyFromFile(Space space, Mapping mapping, long page, FileObject file, long index) {
        reserveFrame();
        acquire(space, file, index);
        space.table.own(page);
        final long address = newFrame(space, mapping, page, false);
        fill(address, file, index);
        space.table.replace(page, PageEntry.of(address, READ | WRITE));
        space.advanceEpoch();
        domain.inAdvance.noteCopy();
        return address;
    }

    /// Fills a new frame with a page of a file. If that cannot be read the frame is nobody's.
    private void fill(long address, FileObject file, long index) {
        boolean done = false;
        try {
            if (file.backing.isHole(index)) {
                RawMemory.zero(address, domain.pageSize());
            } else {
                file.backing.read(index, address);
            }
            done = true;
        } finally {
            if (!done) {
                domain.frames.release(domain.frames.frameAt(address));
            }
        }
    }

    private void reserveFrame() {
        domain.allocations.reserve();
        domain.frames.requireFree();
    }

    private long newFrame(Space space, Mapping mapping, long page, boolean zero) {
        return domain.frames.address(
                domain.frames.allocate(mapping.prepareAnonymous(), mapping.indexOf(page), zero,
                        domain.pools.poolOf(space.policies, page)));
    }

    /// Makes the node of the space the owner of a page of a file.
    private void acquire(Space space, FileObject file, long index) {
        if (space.node != null) {
            file.owners.acquire(index, space.node, (lost, node) -> {
                requireNotPinned(file, lost, node);
                for (final var mapping : file.mappings()) {
                    final var loser = (Space) mapping.space();
                    if (mapping.covers(lost) && node.equals(loser.node)) {
                        loser.dropFilePage(mapping.pageOf(lost));
                    }
                }
                domain.grace.awaitAccesses();                           // before the new owner may have it
            });
        }
    }

    /// Checks that no space of a node has a raw segment of a page of a file.
    private static void requireNotPinned(FileObject file, long index, String node) {
        for (final var mapping : file.mappings()) {
            final var space = (Space) mapping.space();
            if (mapping.isShared() && mapping.covers(index) && node.equals(space.node)) {
                space.requireNotPinned(mapping.pageOf(index), mapping.pageOf(index) + 1);
            }
        }
    }

    void close() {
        if (scratch != 0) {
            domain.os.release(scratch, domain.pageSize());
        }
    }
}
