package io.offheap.bench.purge;

import io.offheap.allocator.OffHeapAllocator;
import io.offheap.bench.contestant.Contestants;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// `offheap-address`: blocks of the allocator that are freed, so that their runs are volatile, and given back by
/// its `purge()`. Nothing else takes them meanwhile: there is no decay and nobody says that memory is short.
///
/// One thread.
final class VolatileRuns implements PurgeSubject {

    /// Its name in reports.
    static final String NAME = Contestants.OFFHEAP_ADDRESS;

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().name("purge").decay(Duration.ofSeconds(-1)).pressure().build();
    private final PurgeShape shape;
    private final long pageBytes = Platform.memory().pageSize();
    private final List<Long> gaps = new ArrayList<>();
    private final List<Long> freed = new ArrayList<>();

    VolatileRuns(PurgeShape shape) {
        this.shape = shape;
    }

    /// The blocks of runs and gaps are neighbours when they are allocated in this order from memory that was never
    /// used; later rounds find the runs of the first one.
    @Override
    public void touch() {
        allocate(true);
        freed.forEach(allocator::freeAddress);
    }

    @Override
    public void prepare() {
        allocate(false);
        freed.forEach(allocator::freeAddress);
    }

    private void allocate(boolean isTouched) {
        final boolean isFirst = gaps.isEmpty();
        freed.clear();
        for (int run = 0; run < shape.runs(); run++) {
            for (long offset = 0; offset < shape.runBytes(); offset += shape.blockBytes()) {
                freed.add(allocate(shape.blockBytes(), isTouched));
            }
            if (isFirst && shape.gapBytes() > 0) {
                gaps.add(allocate(shape.gapBytes(), true));
            }
        }
    }

    @Override
    public long hugeBytes() {
        final long first = Collections.min(freed);
        return HugePageUse.bytes(first, Collections.max(freed) + shape.blockBytes() - first);
    }

    @Override
    public long purge() {
        return allocator.purge();
    }

    @Override
    public void close() {
        allocator.close();
    }

    private long allocate(long bytes, boolean isTouched) {
        final long address = allocator.allocateAddress(bytes);
        for (long offset = 0; isTouched && offset < bytes; offset += pageBytes) {
            RawMemory.putByte(address + offset, (byte) 1);
        }
        return address;
    }
}
