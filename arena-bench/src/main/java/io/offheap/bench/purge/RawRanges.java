package io.offheap.bench.purge;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;

/// `raw-madvise`: ranges of a mapping of its own, in the state in which the allocator's memory is, one `madvise` each.
final class RawRanges implements PurgeSubject {

    /// Its name in reports.
    static final String NAME = "raw-madvise";

    private final SystemMemory os = Platform.memory();
    private final PurgeShape shape;
    private final long reserved;
    private final long address;

    RawRanges(PurgeShape shape) {
        this.shape = shape;
        reserved = os.reserve(reservedBytes());
        address = (reserved + PurgeShape.HUGE_PAGE - 1) / PurgeShape.HUGE_PAGE * PurgeShape.HUGE_PAGE;
        os.advise(reserved, reservedBytes(), shape.isHuge() ? Advice.HUGEPAGE : Advice.NOHUGEPAGE);
        for (int run = 0; run < shape.runs(); run++) {
            touch(shape.gapAt(run), shape.gapBytes());          // in use, like the blocks between the allocator's runs
        }
    }

    @Override
    public void touch() {
        for (int run = 0; run < shape.runs(); run++) {
            touch(shape.runAt(run), shape.runBytes());
        }
    }

    @Override
    public void prepare() {
        // a range may be given back at any time
    }

    @Override
    public long hugeBytes() {
        return HugePageUse.bytes(address, shape.spanBytes());
    }

    @Override
    public long purge() {
        for (int run = 0; run < shape.runs(); run++) {
            os.advise(address + shape.runAt(run), shape.runBytes(), Advice.DONTNEED);
        }
        return shape.purgeableBytes();
    }

    @Override
    public void close() {
        os.release(reserved, reservedBytes());
    }

    /// Huge pages lie at multiples of their size.
    private long reservedBytes() {
        return shape.spanBytes() + PurgeShape.HUGE_PAGE;
    }

    private void touch(long offset, long bytes) {
        for (long page = offset; page < offset + bytes; page += os.pageSize()) {
            RawMemory.putByte(address + page, (byte) 1);
        }
    }
}
