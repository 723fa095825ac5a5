package io.offheap.memory.purge;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.RankedLock;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/// Gives the memory of volatile runs back, the oldest of all sources first.
///
/// Claims a batch of runs, advises the kernel with no lock held, finishes them: meanwhile everybody else
/// goes on, and who wants one of the claimed runs takes another. Batches go out in one system call where
/// the kernel takes them; where it refuses once for good, they go out run by run from then on.
///
/// ## Concurrency
/// Any thread, several at a time; no lock of this library may be held by the caller, because the calls
/// are slow (0.1 to 0.5 us a page, docs/performance.md).
public final class Purger {

    /// How decay claims.
    private static final Claim WITHIN = VolatileSource::claimOldestWithin;

    private final SystemMemory os;
    private final List<VolatileSource> sources = new CopyOnWriteArrayList<>();
    private final LongAdder purges = new LongAdder();
    private final LongAdder purgedBytes = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private volatile boolean batches;

    /// Shared by those who purge, taken alone by who waits for them. Guards nothing and keeps nobody from allocating
    /// or freeing, so it is held across system calls.
    private final ReentrantReadWriteLock working = new ReentrantReadWriteLock();

    /// @param os what gives the memory back
    public Purger(SystemMemory os) {
        this.os = os;
        this.batches = os.advisesInBatches();
    }

    /// Adds a place to take runs from.
    public void addSource(VolatileSource source) {
        sources.add(source);
    }

    /// Purges the oldest runs until `targetBytes` are given back or nothing is volatile.
    ///
    /// @param targetBytes bytes wanted; 0 or less does nothing
    /// @return bytes given back: more than the target by less than one run, less if nothing more was
    ///         volatile or the operating system refused some
    /// @throws OsException if memory was volatile and the operating system refused to take any of it; every
    ///                     run is volatile again then
    public long purge(long targetBytes) {
        return purge(targetBytes, VolatileSource.NOTHING, VolatileSource::claimOldest);
    }

    /// Purges as [#purge] does; if nothing is volatile, waits for what other threads are giving back.
    ///
    /// @param targetBytes bytes wanted, positive
    /// @return bytes given back by anybody during the call, 0 if nothing was volatile or being given back
    /// @throws OsException as [#purge] does
    public long purgeOrAwait(long targetBytes) {
        final long before = purgedBytes.sum();
        final long given = purge(targetBytes);
        if (given > 0) {
            return given;
        }
        working.writeLock().lock();                     // when nobody purges any more
        working.writeLock().unlock();
        return purgedBytes.sum() - before;
    }

    /// Purges the oldest runs of those sources that decay ([VolatileSource#decays]), as long as that gives back at most
    /// `mostBytes`.
    ///
    /// @param mostBytes bytes allowed; 0 or less does nothing
    /// @return bytes given back: less than allowed by less than the run that is the oldest now
    /// @throws OsException as [#purge] does
    public long purgeWithin(long mostBytes) {
        return purge(mostBytes, VolatileSource.NOTHING, WITHIN);
    }

    /// Purges all runs that were marked before a moment, the oldest first.
    ///
    /// @param deadline a moment of the sources' ticker
    /// @return bytes given back
    /// @throws OsException as [#purge] does
    public long purgeOlderThan(long deadline) {
        return purge(Long.MAX_VALUE, deadline, VolatileSource::claimOldest);
    }

    /// Purges as a policy orders. An order that may not be exceeded is decay's, and spares sources that do not decay.
    ///
    /// @param now the time, by the sources' ticker
    /// @return bytes given back
    /// @throws OsException as [#purge] does
    public long purge(PurgePolicy.Order order, long now) {
        final long deadline = order.idleNanos() == 0 ? VolatileSource.NOTHING : now - order.idleNanos();
        if (order.unitsOnly()) {
            return purgeUnits(order.bytes(), deadline);
        }
        return purge(order.bytes(), deadline,
                order.exceeds() ? VolatileSource::claimOldest : WITHIN);
    }

    private long purgeUnits(long targetBytes, long deadline) {
        long done = 0;
        for (final var source : sources) {
            final Claim claim = (_, batch, bytes) -> source.claimOldestUnit(batch, deadline);
            done += purge(targetBytes - done, VolatileSource.NOTHING, claim);
        }
        return done;
    }

    private long purge(long targetBytes, long deadline, Claim claim) {
        assert RankedLock.noneHeld();
        working.readLock().lock();
        try {
            return purgeWorking(targetBytes, deadline, claim);
        } finally {
            working.readLock().unlock();
        }
    }

    private long purgeWorking(long targetBytes, long deadline, Claim claim) {
        final var batch = new PurgeBatch();
        long done = 0;
        while (done < targetBytes && fill(batch, targetBytes - done, deadline, claim)) {
            final long wanted = batch.bytes();
            final long given = give(batch, done == 0);
            done += given;
            if (given < wanted) {
                break;                                  // what was refused is volatile again: do not try it for ever
            }
        }
        return done;
    }

    private boolean fill(PurgeBatch batch, long wantedBytes, long deadline, Claim claim) {
        batch.clear();
        while (!batch.isFull() && batch.bytes() < wantedBytes) {
            final var oldest = oldestSource(deadline, claim == WITHIN);
            if (oldest == null || !claim.from(oldest, batch, wantedBytes - batch.bytes())) {
                break;
            }
        }
        return batch.count() > 0;
    }

    /// How a run is claimed.
    @FunctionalInterface
    private interface Claim {
        boolean from(VolatileSource source, PurgeBatch batch, long bytes);
    }

    private VolatileSource oldestSource(long deadline, boolean onlyDecaying) {
        VolatileSource found = null;
        long mark = deadline;
        for (final var source : sources) {
            if (onlyDecaying && !source.decays()) {
                continue;
            }
            final long its = source.oldestMark();
            if (its != VolatileSource.NOTHING && (mark == VolatileSource.NOTHING || its - mark < 0)) {
                mark = its;
                found = source;
            }
        }
        return found;
    }

    /// Advises and finishes a batch; every run is finished on every way out.
    private long give(PurgeBatch batch, boolean throwIfNothing) {
        long given = adviseTogether(batch);
        int next = 0;
        for (long covered = given; next < batch.count() && covered >= batch.sizes[next]; next++) {
            covered -= batch.sizes[next];
            finish(batch, next, true);
        }
        given = 0;
        for (int i = 0; i < next; i++) {
            given += batch.sizes[i];
        }
        OsException refusal = null;
        for (; next < batch.count(); next++) {
            try {
                os.advise(batch.addresses[next], batch.sizes[next], Advice.DONTNEED);
                given += batch.sizes[next];
                finish(batch, next, true);
            } catch (OsException e) {
                failures.increment();
                refusal = e;
                finish(batch, next, false);
            }
        }
        if (given > 0) {
            purges.increment();
            purgedBytes.add(given);
        }
        if (refusal != null && given == 0 && throwIfNothing) {
            throw refusal;
        }
        return given;
    }

    /// {@return bytes advised by one call, 0 where batches do not work}
    private long adviseTogether(PurgeBatch batch) {
        if (!batches || batch.count() == 1) {
            return 0;
        }
        try {
            return os.adviseAll(batch.addresses, batch.sizes, batch.count(), Advice.DONTNEED);
        } catch (OsException e) {
            if (Errno.isUnsupported(e)) {
                batches = false;                        // by a seccomp filter, for example: it will not change its mind
            }
            return 0;
        }
    }

    private static void finish(PurgeBatch batch, int index, boolean purged) {
        final var run = batch.runs[index];
        run.finish(purged);
        run.purgeFinished(purged, batch.sizes[index]);
    }

    /// {@return how often memory was given back since the start: batches, not runs}
    public long purges() {
        return purges.sum();
    }

    /// {@return bytes given back since the start}
    public long purgedBytes() {
        return purgedBytes.sum();
    }

    /// {@return how many runs the operating system refused to take since the start}
    public long failures() {
        return failures.sum();
    }
}
