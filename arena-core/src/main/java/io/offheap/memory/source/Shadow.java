package io.offheap.memory.source;

import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.AlignedMath;

/// Bytes beside the memory of one region: one for each *cell* of it, for cells of several sizes, each a power of two.
///
/// ```
///   cells of 2^11 bytes   cells of 2^10 bytes                              cells of 2^4 bytes
///   |  R >> 11 bytes  |   |     R >> 10 bytes     |     ...     |           R >> 4 bytes           |
///   2R >> 11          ^   2R >> 10                ^             2R >> 4                            3R >> 4
///                     3R >> 11                    3R >> 10
/// ```
///
/// For a region of `R` bytes the table for cells of `2^s` bytes begins at byte `2R >> s`, so that the tables do not
/// overlap and one formula finds a byte in any of them: `(offset + 2R) >> s`. That is shadow memory as of the
/// memory checkers (Nethercote, Seward: How to shadow every byte of memory used by a program, VEE 2007), of which
/// only those pages take memory that are written: a byte for a slot costs 1.6 % at slots of 64 bytes, 0.1 % at a KiB.
/// What the bytes mean is the user's business.
///
/// Which pages of it may have memory is noted by [#note], guarded by the lock of [RegionSource]. Notes are never taken back, so a look
/// without the lock misses at most what is being noted.
final class Shadow {

    private static final int SMALLEST_SHIFT = RegionSource.SMALLEST_CELL_SHIFT;
    private static final int LARGEST_SHIFT = RegionSource.LARGEST_CELL_SHIFT;

    /// Pages whose notes are kept together: 128 MiB of shadow.
    private static final int CHUNK = 1 << 15;

    private final SystemMemory os;
    private final long address;
    private final long tableSize;
    private final long regionSize;
    private final int pageShift;
    private final long[][] noted;

    /// Reserves the tables.
    ///
    /// @param regionSize usable bytes of the region, a multiple of the region alignment
    Shadow(SystemMemory os, long regionSize) {
        this.os = os;
        this.regionSize = regionSize;
        this.pageShift = Long.numberOfTrailingZeros(os.pageSize());
        this.tableSize = AlignedMath.alignUp(3 * regionSize >>> SMALLEST_SHIFT, os.pageSize());
        this.noted = new long[(int) Math.ceilDiv(tableSize >>> pageShift, CHUNK)][];
        this.address = os.reserve(tableSize);
        adviseNoHugePages();
    }

    /// A huge page for a few bytes would be a poor trade. A kernel without huge pages does not know the advice.
    private void adviseNoHugePages() {
        try {
            os.advise(address, tableSize, Advice.NOHUGEPAGE);
        } catch (OsException e) {
            assert e.call().startsWith("madvise") : e;
        }
    }

    /// {@return where the byte of the cell of `1 << shift` bytes would be that is `2R` bytes before the region} So that the
    /// byte for an address is at `origin + (address - base + 2R >> shift)`.
    long origin() {
        return address;
    }

    /// {@return bytes of address space from [#origin] on}
    long size() {
        return tableSize;
    }

    /// {@return where the byte is of the cell that holds an offset}
    ///
    /// @param offset from the start of the region, in it
    /// @param shift  `1 << shift` bytes are a cell
    long byteOf(long offset, int shift) {
        return address + (offset + 2 * regionSize >>> shift);
    }

    /// {@return bytes of pages that [#note] would note anew} The parameters are as there.
    long unnoted(long offset, long size, int shift) {
        final long last = pageOf(offset + size - 1, shift);
        long pages = 0;
        for (long page = pageOf(offset, shift); page <= last; page++) {
            pages += isNoted(page) ? 0 : 1;
        }
        return pages << pageShift;
    }

    /// Notes that bytes of the cells of a range will be written: their pages count as memory from now on.
    ///
    /// @param offset from the start of the region
    /// @param size   bytes of the range, in the region, positive
    /// @param shift  `1 << shift` bytes are a cell
    /// @return bytes of pages that were not noted before
    long note(long offset, long size, int shift) {
        final long before = unnoted(offset, size, shift);
        final long last = pageOf(offset + size - 1, shift);
        for (long page = pageOf(offset, shift); page <= last; page++) {
            final int chunk = (int) (page / CHUNK);
            if (noted[chunk] == null) {
                noted[chunk] = new long[CHUNK / Long.SIZE];         // zeros, also for who reads it through a race
            }
            noted[chunk][(int) (page % CHUNK) / Long.SIZE] |= 1L << page;
        }
        return before;
    }

    private boolean isNoted(long page) {
        final var chunk = noted[(int) (page / CHUNK)];
        return chunk != null && (chunk[(int) (page % CHUNK) / Long.SIZE] & 1L << page) != 0;
    }

    /// {@return the number of the page with the byte of a cell}
    private long pageOf(long offset, int shift) {
        return offset + 2 * regionSize >>> shift + pageShift;
    }

    /// Makes every byte 0 and gives the memory back. The tables stay ([Remains]): they may still be read.
    ///
    /// @param used offsets from this one on were never noted
    void forget(long used) {
        for (int shift = SMALLEST_SHIFT; shift <= LARGEST_SHIFT && used > 0; shift++) {
            final long first = pageOf(0, shift) << pageShift;
            final long end = pageOf(used - 1, shift) + 1 << pageShift;
            os.advise(address + first, end - first, Advice.DONTNEED);
        }
    }
}
