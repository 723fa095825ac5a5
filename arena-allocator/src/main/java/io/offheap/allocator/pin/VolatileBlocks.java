package io.offheap.allocator.pin;

import io.offheap.allocator.cache.Caches;
import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.shard.Shards;
import io.offheap.memory.VolatileMemory;
import io.offheap.memory.purge.PurgeBatch;
import io.offheap.memory.purge.PurgePolicy;
import io.offheap.memory.purge.VolatileRun.State;
import io.offheap.memory.purge.VolatileSource;
import io.offheap.memory.util.RankedLock;
import java.lang.invoke.VarHandle;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// The volatile blocks of one allocator: offers those that nobody pins to purgers, least recently let go first.
///
/// Pinning and letting go touch no list. A block stands in the line with the age that it had when it was last looked at,
/// which is never younger than it is; a purger that finds it younger sends it back to its place, and one that finds
/// it pinned or purged sends it away. Only who lets go of a block that was sent away takes the lock, to enter it again.
///
/// Contents are not subject to decay: while nobody is short of memory they stay.
///
/// ## Concurrency
/// One lock, of rank `VOLATILE_BLOCKS`, held for O(log blocks) steps, and for one walk by statistics and checks.
///
/// ## Invariants (checked by [#checkInvariants], when quiet)
/// - **L1** exactly the members of the line are `listed`, at the mark they were listed with
/// - **L2** every volatile block is in the line
/// - **L3** no block in the line that is volatile was marked before the mark it is listed with
public final class VolatileBlocks implements VolatileSource {

    /// Blocks that are looked at for one of at least a unit: some ten microseconds.
    private static final int UNIT_LOOKS = 1024;

    private final Caches caches;
    private final Shards shards;
    private final LongConsumer growth;
    private final Consumer<Extent> wiping;
    private final RankedLock lock = new RankedLock(RankedLock.Rank.VOLATILE_BLOCKS);

    // Guarded by the lock.
    private final Set<VolatileBlock> blocks = new HashSet<>();
    private final TreeSet<VolatileBlock> line = new TreeSet<>(VolatileBlocks::compareAges);
    private boolean closing;
    private boolean closed;
    private long closedReuses;
    private long closedReusedBytes;

    /// @param caches take runs of closed blocks back
    /// @param shards take those that have lost their memory
    /// @param growth is asked for so many bytes before a purged block becomes resident; throws OutOfMemoryError if they
    ///               cannot be had
    /// @param wiping is told of the held run of each closed block that has not lost its contents
    public VolatileBlocks(Caches caches, Shards shards, LongConsumer growth, Consumer<Extent> wiping) {
        this.caches = caches;
        this.shards = shards;
        this.growth = growth;
        this.wiping = wiping;
    }

    private static int compareAges(VolatileBlock one, VolatileBlock other) {
        final int byMark = Long.signum(one.listedMark - other.listedMark);
        return byMark != 0 ? byMark : Integer.compare(one.extent().id(), other.extent().id());
    }

    /// Makes a volatile block out of a run.
    ///
    /// @param extent   active and zero-filled; it is the block's if no exception is thrown
    /// @param byteSize at most its size
    /// @throws IllegalStateException if the allocator is closed
    public VolatileMemory create(Extent extent, long byteSize) {
        final var block = new VolatileBlock(this, extent, byteSize);
        while (!enter(block)) {
            Thread.yield();                             // somebody is finding out whether the allocator can be closed
        }
        block.open();
        return block;
    }

    private boolean enter(VolatileBlock block) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the allocator is closed");
            }
            if (closing) {
                return false;
            }
            blocks.add(block);
            block.extent().attach(block);
            return true;
        } finally {
            lock.unlock();
        }
    }

    long now() {
        return shards.now();
    }

    void acquire(long bytes) {
        growth.accept(bytes);
    }

    /// Sees to it that a block that was let go of stands in the line. Without the lock if it does.
    void relist(VolatileBlock block) {
        if (block.listed) {
            return;
        }
        lock.lock();
        try {
            if (blocks.contains(block)) {
                list(block);
            }
        } finally {
            lock.unlock();
        }
    }

    private void list(VolatileBlock block) {
        if (!block.listed) {
            block.listedMark = block.extent().markedAt();
            line.add(block);
            block.listed = true;
        }
    }

    /// Who lets go makes the run volatile first and looks at `listed` then; here it is the other way round, so that one of
    /// the two sees the other.
    private void unlist(VolatileBlock block) {
        line.remove(block);
        block.listed = false;
        VarHandle.fullFence();
        if (block.isVolatile()) {
            list(block);
        }
    }

    /// Takes a closed block out and gives its run back.
    void giveBack(VolatileBlock block) {
        final var extent = block.extent();
        lock.lock();
        try {
            blocks.remove(block);
            line.remove(block);
            block.listed = false;
            closedReuses += block.reuses();
            closedReusedBytes += block.reuses() * extent.size();
        } finally {
            lock.unlock();
        }
        extent.attach(null);
        if (holdUnlessPurged(extent)) {
            wiping.accept(extent);
            extent.setMarkedAt(now());                  // caches expect runs that were freed just now
            extent.releaseVolatile();
            caches.freeRun(extent);
        } else {
            shards.release(extent);
        }
    }

    /// Waits for a purge that is under way: if it is refused the contents are there still.
    ///
    /// @return whether the run is held; if not, it has lost its memory
    private static boolean holdUnlessPurged(Extent extent) {
        for (int looks = 0; !extent.holdVolatile(); looks++) {
            if (extent.state() == State.PURGED) {
                return false;
            }
            VolatileBlock.pause(looks);
        }
        return true;
    }

    /// Finds out whether a block is pinned. If not, nobody can pin one until [#endClose].
    ///
    /// @return how many are; 0 begins the close
    public long beginClose() {
        lock.lock();
        try {
            long pinned = 0;
            for (final var block : blocks) {            // needs no Java heap once one is frozen
                pinned += block.freeze() ? 0 : 1;
            }
            closing = true;
            if (pinned > 0) {
                thaw();
            }
            return pinned;
        } finally {
            lock.unlock();
        }
    }

    /// Completes a close that [#beginClose] has begun.
    ///
    /// @param done whether the allocator is closed; else all is as it was before
    public void endClose(boolean done) {
        lock.lock();
        try {
            if (!done) {
                thaw();
                return;
            }
            closed = true;
            closing = false;
            blocks.forEach(VolatileBlock::end);
            blocks.clear();
            line.clear();
        } finally {
            lock.unlock();
        }
    }

    private void thaw() {
        closing = false;
        blocks.forEach(VolatileBlock::thaw);
    }

    @Override
    public boolean decays() {
        return false;
    }

    @Override
    public long oldestMark() {
        lock.lock();
        try {
            final var oldest = oldest();
            return oldest == null ? NOTHING : oldest.listedMark;
        } finally {
            lock.unlock();
        }
    }

    /// Blocks are not split: contents are lost as a whole.
    @Override
    public boolean claimOldest(PurgeBatch batch, long wantedBytes, long until) {
        return claimOldestWithin(batch, Long.MAX_VALUE);
    }

    @Override
    public boolean claimOldestWithin(PurgeBatch batch, long mostBytes) {
        lock.lock();
        try {
            for (var oldest = oldest(); oldest != null && oldest.extent().size() <= mostBytes; oldest = oldest()) {
                if (claimUnlessUsed(oldest.extent(), oldest.listedMark)) {
                    batch.add(oldest.extent());
                    return true;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// A block that was pinned and let go of since its age was looked at is volatile as before, but not of that age.
    private static boolean claimUnlessUsed(Extent extent, long mark) {
        if (!extent.claim()) {
            return false;
        }
        if (extent.markedAt() == mark) {
            return true;
        }
        extent.unclaim();
        return false;
    }

    @Override
    public boolean claimOldestUnit(PurgeBatch batch, long deadline) {
        lock.lock();
        try {
            int left = UNIT_LOOKS;
            for (final var block : line) {
                if (left-- == 0 || deadline != NOTHING && block.listedMark - deadline >= 0) {
                    return false;
                }
                final var extent = block.extent();
                final long mark = extent.markedAt();
                if (extent.size() >= PurgePolicy.UNIT && extent.state() == State.VOLATILE
                        && (deadline == NOTHING || mark - deadline < 0) && claimUnlessUsed(extent, mark)) {
                    batch.add(extent);
                    return true;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /// {@return the volatile block that was let go of first, or null} One that is being purged stays in the line, in case
    /// that is refused.
    private VolatileBlock oldest() {
        var block = line.isEmpty() ? null : line.first();
        while (block != null) {
            final var next = line.higher(block);
            final var state = block.extent().state();
            if (state == State.VOLATILE) {
                final long mark = block.extent().markedAt();
                if (mark == block.listedMark) {
                    return block;
                }
                line.remove(block);
                block.listed = false;                   // until it is in again: that takes Java heap
                list(block);
                block = next == null || compareAges(block, next) < 0 ? block : next;
            } else {
                if (state != State.PURGING) {
                    unlist(block);
                }
                block = next;
            }
        }
        return null;
    }

    /// {@return what the blocks hold} O(blocks).
    public BlockStats stats() {
        lock.lock();
        try {
            long volatileBytes = 0;
            long purgedBytes = 0;
            long reuses = closedReuses;
            long reusedBytes = closedReusedBytes;
            for (final var block : blocks) {
                final long size = block.extent().size();
                switch (block.extent().state()) {
                    case VOLATILE, PURGING -> volatileBytes += size;
                    case PURGED -> purgedBytes += size;
                    case ACTIVE, HELD -> { }            // in use, as everything that is not counted
                }
                reuses += block.reuses();
                reusedBytes += block.reuses() * size;
            }
            return new BlockStats(blocks.size(), volatileBytes, purgedBytes, reuses, reusedBytes);
        } finally {
            lock.unlock();
        }
    }

    /// Recomputes what the fields cache and compares; when nobody pins or lets go. O(blocks).
    ///
    /// @return true, so that it can stand in an `assert`
    /// @throws AssertionError naming the invariant
    public boolean checkInvariants() {
        final Set<VolatileBlock> all;
        lock.lock();
        try {
            all = Set.copyOf(blocks);
            for (final var block : blocks) {
                check("L1", block.listed == line.contains(block), block);
                check("L2", block.listed || block.extent().state() != State.VOLATILE, block);
                check("L3", !block.listed || block.extent().state() != State.VOLATILE
                        || block.extent().markedAt() - block.listedMark >= 0, block);
            }
            check("L1", blocks.containsAll(line), line);
        } finally {
            lock.unlock();
        }
        all.forEach(VolatileBlock::checkInvariants);
        return true;
    }

    private static void check(String invariant, boolean holds, Object what) {
        if (!holds) {
            throw new AssertionError(invariant + ": " + what);
        }
    }
}
