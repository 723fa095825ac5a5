package io.offheap.memory;

import io.offheap.memory.space.Diagnosis;
import io.offheap.memory.space.Domain;
import io.offheap.memory.space.FileObject;
import io.offheap.memory.space.Files;
import io.offheap.memory.space.Volatility;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.PageRange;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Something like a file, which several address spaces map, at several addresses and offsets.
///
/// Offsets and sizes are in bytes and multiples of the page size. A page that nobody has written is a hole: it reads
/// as zero and has no memory.
///
/// ## Errors
/// As in [AddressSpace]; a range that is not in the object is an `IllegalArgumentException`.
///
/// ## Concurrency
/// Thread-safe, with the lock of the domain.
public final class SharedObject implements AutoCloseable {

    private final Domain domain;
    private final FileObject file;

    SharedObject(Domain domain, FileObject file) {
        this.domain = domain;
        this.file = file;
    }

    FileObject file() {
        return file;
    }

    void requireIn(Domain expected) {
        if (domain != expected) {
            throw new IllegalArgumentException("object " + file + " belongs to another domain");
        }
    }

    /// Fills a segment of one page with a page of the object, as a reader of the file sees it: a hole is zeros.
    public void readPage(long offset, MemorySegment target) {
        requirePage(target);
        Files.read(domain, file, pages(offset), target);
    }

    /// Stores a page.
    public void writePage(long offset, MemorySegment source) {
        requirePage(source);
        Files.write(domain, file, pages(offset), source);
    }

    private void requirePage(MemorySegment segment) {
        if (segment.byteSize() != domain.pageSize()) {
            throw new IllegalArgumentException("a segment of " + segment.byteSize() + " bytes is no page");
        }
    }

    /// Lets a range be purged, all of it together, whoever maps it. The mark belongs to the object and outlives
    /// mappings. After a purge every mapper gets bus errors until somebody takes the range back.
    public void markVolatile(long offset, long size) {
        Volatility.mark(domain, file, range(offset, size), true);
    }

    /// Lets a range be purged as [#markVolatile] does, but page by page.
    public void markVolatilePartially(long offset, long size) {
        Volatility.mark(domain, file, range(offset, size), false);
    }

    /// Takes a range back for everybody: marks of spaces that map it shared end too, unless such a space has yet to
    /// learn of a purge.
    ///
    /// @return whether exactly this range has lost a page on account of the object's mark
    public Contents unmarkVolatile(long offset, long size) {
        return Volatility.unmark(domain, file, range(offset, size)) ? Contents.PURGED : Contents.INTACT;
    }

    /// {@return what is true of a range on the object's own account}
    public PageStatus status(long offset, long size) {
        final var status = Volatility.status(domain, file, range(offset, size));
        return new PageStatus(status.isPinned(), status.residentPages(), status.purgedPages());
    }

    /// {@return the pages of a range that were purged on the object's own account and not yet taken back, ascending} See
    /// [AddressSpace#purgedRanges].
    public List<PageRange> purgedRanges(long offset, long size) {
        return Volatility.purgedRanges(domain, file, range(offset, size));
    }

    /// Makes a range a hole, at once and for everybody. Private copies stay; nobody is told.
    ///
    /// @throws IllegalStateException if a space has a page of it pinned, other than a private copy
    public void punch(long offset, long size) {
        Files.punch(domain, file, range(offset, size));
    }

    /// Sets the size. What lies behind a smaller one is gone, private copies included: accesses are bus errors.
    public void truncate(long size) {
        Files.truncate(domain, file, pages(size));
    }

    /// Takes a range out of all page tables, so that the next access looks at the object again.
    ///
    /// @param size   0 for all up to the end
    /// @param copies whether private copies are destroyed too: they revert to the object
    /// @throws IllegalStateException if a space has a page of it pinned; a private copy counts only if it is to be destroyed
    public void zap(long offset, long size, boolean copies) {
        Files.zap(domain, file, range(offset, size), copies);
    }

    /// Expects that other processes map this object from now on. Marks of spaces alone no longer let it be purged; the
    /// object's own marks do, without the other processes being told: to them a purged page is zeros.
    ///
    /// @return the path under which they find it: of an anonymous object, below `/proc` of this process
    public String share() {
        return Files.share(domain, file);
    }

    /// {@return the size in bytes, in whole pages} That of a file is asked from the operating system.
    public long size() {
        return Files.pages(domain, file) * domain.pageSize();
    }

    /// {@return whether some space maps it}
    public boolean isMapped() {
        return Files.isMapped(domain, file);
    }

    /// Ends all marks, as the last user of a file does who closes it.
    ///
    /// @return false, and nothing has changed, if some space maps it
    public boolean endMarks() {
        return Files.endMarks(domain, file);
    }

    /// {@return the node that may have a page mapped, or null if none had so far}
    public String owner(long offset) {
        return Diagnosis.owner(domain, file, pages(offset));
    }

    /// {@return how often a page went from one node to another}
    public long transfers(long offset) {
        return Diagnosis.transfers(domain, file, pages(offset));
    }

    /// {@return the NUMA policies of its ranges, such as `bind:0@0-3`, in pages; the rest has the default}
    public String policies() {
        return Diagnosis.policies(domain, file);
    }

    /// {@return for each policy one more than the number of shared mappings of the object}
    public List<Integer> policyReferences() {
        return Diagnosis.policyReferences(domain, file);
    }

    /// Gives its memory back. Idempotent.
    ///
    /// @throws IllegalStateException if some space maps it
    @Override
    public void close() {
        Files.close(domain, file);
    }

    private PageRange range(long offset, long size) {
        return PageRange.ofBytes(offset, size, domain.pageSize());
    }

    private long pages(long bytes) {
        return PageRange.pages(bytes, domain.pageSize());
    }
}
