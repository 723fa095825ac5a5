package io.offheap.allocator.extent;

import io.offheap.memory.purge.PurgeBatch;
import io.offheap.memory.purge.PurgePolicy;
import io.offheap.memory.purge.VolatileRun;
import io.offheap.memory.purge.VolatileSource;
import io.offheap.memory.util.AlignedMath;
import io.offheap.memory.util.RankedLock;

/// Which of the volatile runs of one [ExtentAllocator] a purger gets: the oldest, cut if it is much larger than what is wanted.
///
/// ## Concurrency
/// The runs are guarded by the lock of the allocator, which is taken here.
final class ExtentClaims implements VolatileSource {

    /// Runs are cut for a purge in multiples of this size, bytes: a huge page.
    private static final long CLAIM_UNIT = PurgePolicy.UNIT;

    /// Runs that are looked at for one of at least a unit: some ten microseconds.
    private static final int UNIT_LOOKS = 1024;

    private final FreeRuns runs;
    private final RankedLock lock;

    /// @param lock guards the runs
    ExtentClaims(FreeRuns runs, RankedLock lock) {
        this.runs = runs;
        this.lock = lock;
    }

    @Override
    public long oldestMark() {
        return runs.oldestMark();
    }

    @Override
    public boolean claimOldest(PurgeBatch batch, long wantedBytes, long until) {
        final int before = batch.count();
        final long enough = batch.bytes() + wantedBytes;
        lock.lock();
        try {
            boolean goesOn = claimOldest(batch, wantedBytes);
            while (goesOn && !batch.isFull() && batch.bytes() < enough
                    && VolatileSource.isBefore(runs.oldestMark(), until)) {
                goesOn = claimOldest(batch, enough - batch.bytes());
            }
            return batch.count() > before;
        } finally {
            lock.unlock();
        }
    }

    private boolean claimOldest(PurgeBatch batch, long wantedBytes) {
        final var oldest = runs.oldest();
        if (oldest != null && oldest.size() - CLAIM_UNIT > wantedBytes) {
            runs.split(oldest, AlignedMath.alignUp(wantedBytes, CLAIM_UNIT));
        }
        return claimInto(batch);
    }

    @Override
    public boolean claimOldestWithin(PurgeBatch batch, long mostBytes) {
        lock.lock();
        try {
            final var oldest = runs.oldest();
            if (oldest == null || oldest.size() > mostBytes
                    && !(mostBytes >= CLAIM_UNIT && runs.split(oldest, AlignedMath.alignDown(mostBytes, CLAIM_UNIT)))) {
                return false;
            }
            return claimInto(batch);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean claimOldestUnit(PurgeBatch batch, long deadline) {
        lock.lock();
        try {
            return add(batch, runs.claimOldest(CLAIM_UNIT, deadline, UNIT_LOOKS));
        } finally {
            lock.unlock();
        }
    }

    private boolean claimInto(PurgeBatch batch) {
        return add(batch, runs.claimOldest());
    }

    private static boolean add(PurgeBatch batch, VolatileRun claimed) {
        if (claimed == null) {
            return false;
        }
        batch.add(claimed);
        return true;
    }
}
