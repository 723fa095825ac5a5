package io.offheap.allocator.safety;

import io.offheap.allocator.debug.Guards;
import io.offheap.allocator.debug.MemoryError;
import io.offheap.allocator.debug.MemoryError.Kind;
import io.offheap.allocator.debug.Trace;
import io.offheap.memory.os.PageTraps;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.AlignedMath;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.atomic.AtomicInteger;

/// A few blocks on pages of their own, between pages that nobody has a reason to touch.
///
/// ```
///      base      low             address          high
///       | guard   | redzone       | the block      | guard   |
///       |  page   |               |                |  page   |
/// ```
///
/// No page is protected: a fault would kill the JVM. All pages are without memory at first, and those of the block again when it
/// is freed; a page that has got memory was touched. Where it can be had, and is wanted, `userfaultfd` has a touch trapped besides.
///
/// The pages are a block of the source like any other, so they count in limits and statistics.
///
/// Any thread may call any method, with no lock held.
final class GuardedPages {

    private static final Logger LOGGER = System.getLogger(Guards.class.getPackageName());

    private final BlockSource source;
    private final SystemMemory os;
    private final long pageSize;
    private final PageTraps traps;              // null if touches are not trapped
    private final AtomicInteger free;

    GuardedPages(Guards guards, BlockSource source, SystemMemory os) {
        this.source = source;
        this.os = os;
        this.pageSize = os.pageSize();
        this.traps = guards == Guards.TRAP ? openTraps() : null;
        this.free = new AtomicInteger(guards == Guards.NONE ? 0 : Guards.MOST);
    }

    private static PageTraps openTraps() {
        try {
            return PageTraps.open();
        } catch (OsException | UnsupportedOperationException e) {
            LOGGER.log(Level.WARNING, "guard pages detect, and do not trap: " + e.getMessage());
            return null;
        }
    }

    /// {@return a block that reads as zero, or null if it gets no pages of its own}
    ///
    /// @throws OutOfMemoryError if the memory cannot be had
    Block allocate(long byteSize, long byteAlignment, Trace allocated) {
        if (byteSize > Guards.LARGEST_BLOCK || byteAlignment > pageSize || !takePlace()) {
            return null;
        }
        Block block = null;
        try {
            block = place(byteSize, byteAlignment, allocated);
            return block;
        } finally {
            if (block == null) {
                free.incrementAndGet();
            }
        }
    }

    private boolean takePlace() {
        if (free.get() > 0 && free.decrementAndGet() >= 0) {
            return true;
        }
        free.compareAndSet(-1, 0);
        return false;
    }

    private Block place(long byteSize, long byteAlignment, Trace allocated) {
        final long size = AlignedMath.alignUp(Math.max(byteSize, 1), pageSize);
        final long base = source.allocate(size + 2 * pageSize, pageSize, false);
        boolean done = false;
        try {
            os.advise(base, size + 2 * pageSize, Advice.DONTNEED);
            final long low = base + pageSize;
            final long high = low + size;
            trap(base, pageSize);
            trap(high, pageSize);
            final long address = AlignedMath.alignDown(
                    high - Math.max(byteSize, 1), Math.max(byteAlignment, SafetyKit.ALIGNMENT));
            final var block = Block.guarded(base, low, address, byteSize, high, allocated);
            done = true;
            return block;
        } catch (OsException e) {
            return null;                                // refused: the block lies among the others
        } finally {
            if (!done) {
                giveUp(base, size + 2 * pageSize);
            }
        }
    }

    /// Gives back pages of which some may be trapped: nobody who gets them next may meet a trap.
    private void giveUp(long base, long size) {
        if (traps != null) {
            traps.clear(base, size);
        }
        source.free(base, BlockSource.ANY_SIZE);
    }

    private void trap(long address, long size) {
        if (traps != null) {
            traps.set(address, size);
        }
    }

    /// {@return what a touch of a guard page says of a block, or null}
    MemoryError checkGuards(Block block) {
        return block.error(Kind.GUARD_TOUCHED,
                isTouched(block.base) ? block.base : isTouched(block.high) ? block.high : 0);
    }

    /// Takes the memory from a block that is freed.
    void retire(Block block) {
        try {
            os.advise(block.low, block.high - block.low, Advice.DONTNEED);
            trap(block.low, block.high - block.low);
        } catch (OsException e) {
            block.isReported = true;                    // its pages tell nothing
        }
    }

    /// {@return what a touch of any page says of a block that was freed, or null}
    MemoryError checkFreed(Block block) {
        for (long page = block.base; page <= block.high; page += pageSize) {
            if (isTouched(page)) {
                final long written = Fill.firstOther(page, page + pageSize, (byte) 0);
                return block.error(written == 0 ? Kind.TOUCHED_AFTER_FREE : Kind.WRITE_AFTER_FREE,
                        written == 0 ? page : written);
            }
        }
        return null;
    }

    private boolean isTouched(long page) {
        try {
            return os.residentBytes(page, pageSize) > 0;
        } catch (OsException e) {
            return false;                               // cannot be told
        }
    }

    /// Gives the pages of a block back.
    void release(Block block) {
        if (traps != null) {
            traps.clear(block.base, block.high + pageSize - block.base);
        }
        source.free(block.base, BlockSource.ANY_SIZE);
        free.incrementAndGet();
    }

    /// Has nothing trapped any more. Once.
    void close() {
        if (traps != null) {
            traps.close();
        }
    }
}
