package io.offheap.memory.space;

import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.range.Interval;
import io.offheap.memory.range.PageSet;
import io.offheap.memory.types.OsException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// An anonymous memory file (`memfd`), mapped as a whole.
///
/// It is never made shorter for the kernel: truncating punches a hole and lowers our own count of pages. So no
/// access can meet a page behind the end, and no truncation of ours can kill a reader that is under way; others
/// are kept from it by a seal.
final class MemoryFile implements FileBacking {

    private final SystemMemory os;
    private final RetiredRanges retired;
    private final int pageShift;
    private final int file;
    private final List<Window> windows = new ArrayList<>();
    private final PageSet filled = new PageSet();
    private final Commitment commitment;
    private long pages;
    private long kernelPages;

    /// Whether other processes may have it open.
    private boolean isShared;

    /// A mapping of the whole file; outgrown ones stay until the end, because entries and readers lead there.
    private record Window(long address, long size) {}

    /// @param pages      how many, positive
    /// @param commitment counts the pages that have memory
    /// @param retired    takes its mappings in the end
    MemoryFile(SystemMemory os, String name, long pages, Commitment commitment, RetiredRanges retired) {
        this.os = os;
        this.commitment = commitment;
        this.retired = retired;
        this.pageShift = Long.numberOfTrailingZeros(os.pageSize());
        this.file = os.createMemoryFile("offheap-" + name);
        this.pages = pages;
        try {
            growKernel(pages);
            os.sealAgainstShrinking(file);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private void growKernel(long wanted) {
        os.resizeFile(file, wanted << pageShift);
        final long address = os.mapFile(file, 0, wanted << pageShift, true);
        windows.add(new Window(address, wanted << pageShift));
        kernelPages = wanted;
    }

    @Override
    public String share() {
        isShared = true;
        return "/proc/" + ProcessHandle.current().pid() + "/fd/" + file;
    }

    @Override
    public long pages() {
        return pages;
    }

    @Override
    public boolean isMapped() {
        return true;
    }

    @Override
    public long address(long index) {
        assert 0 <= index && index < kernelPages : index;
        return windows.getLast().address + (index << pageShift);
    }

    @Override
    public boolean isAddress(long index, long address) {
        return windows.stream().anyMatch(window -> window.address + (index << pageShift) == address);
    }

    @Override
    public void read(long index, long to) {
        RawMemory.copy(address(index), to, 1L << pageShift);
    }

    @Override
    public void write(long index, long offset, MemorySegment source) {
        MemorySegment.copy(source, 0, RawMemory.segment(address(index) + offset, source.byteSize()), 0, source.byteSize());
    }

    @Override
    public boolean isHole(long index) {
        return !isShared && !filled.contains(index);
    }

    /// {@inheritDoc} What others may have written the operating system knows.
    @Override
    public List<Interval<Boolean>> present(long start, long end) {
        final long stop = Math.min(end, pages);
        if (isShared) {
            for (final var gap : filled.gaps(start, Math.max(start, stop))) {
                for (long index = gap.start(); index < gap.end(); index++) {
                    if (os.residentBytes(address(index), 1L << pageShift) > 0) {
                        fill(index);
                    }
                }
            }
        }
        return filled.within(start, stop);
    }

    @Override
    public void fill(long index) {
        final long before = filled.size();
        filled.add(index);
        commitment.addFilled(filled.size() - before);
    }

    @Override
    public void forget(long start, long end) {
        final long before = filled.size();
        filled.remove(start, end);
        commitment.addFilled(filled.size() - before);
    }

    @Override
    public void punch(long start, long end) {
        final long stop = Math.min(end, kernelPages);
        if (start >= stop) {
            return;
        }
        try {
            os.punchHole(file, start << pageShift, stop - start << pageShift);
        } catch (OsException | OutOfMemoryError refused) {              // or no Java heap for the call
            RawMemory.zero(address(start), stop - start << pageShift);  // the memory stays, the promise holds
        }
    }

    @Override
    public void resize(long wanted) {
        if (wanted > kernelPages) {
            growKernel(wanted);
        }
        pages = wanted;
    }

    @Override
    public void close() {
        final List<Runnable> steps = new ArrayList<>();
        if (kernelPages > 0) {
            steps.add(() -> os.punchHole(file, 0, kernelPages << pageShift));
        }
        windows.forEach(window -> steps.add(() -> retired.add(window.address, window.size)));
        steps.add(() -> os.closeFile(file));
        Closing.all(steps);
    }
}
