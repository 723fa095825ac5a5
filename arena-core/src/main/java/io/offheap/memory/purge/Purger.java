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
    private static final Claim WITHIN = (source, batch, bytes, _) -> source.claimOldestWithin(batch, bytes);

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

    /// Purges everything volatile, and waits for what other threads are giving back: afterwards nothing that was volatile
    /// before has memory, but for what was refused or used again meanwhile.
    ///
    /// @return bytes given back by this call
    /// @throws OsException as [#purge] does
    public long purgeAll() {
        final long given = purge(Long.MAX_VALUE);
        awaitOthers();
        return given;
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
        awaitOthers();
        return purgedBytes.sum() - before;
    }

    private void awaitOthers() {
        working.writeLock().lock();                     // when nobody purges any more
        working.writeLock().unlock();
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
            final Claim claim = (_, batch, _, _) -> source.claimOldestUnit(batch, deadline);
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
        try {
            return purgeBatches(batch, targetBytes, deadline, claim);
        } finally {
            letGo(batch);
        }
    }

    /// Lets go of runs that are still claimed because something was thrown, such as by the owner of one that had been purged:
    /// nobody could ever use them again.
    private static void letGo(PurgeBatch batch) {
        while (batch.finished < batch.count()) {
            try {
                finish(batch, batch.finished, false);
            } catch (RuntimeException | Error _) {
                // the first one is on its way
            }
        }
    }

    private long purgeBatches(PurgeBatch batch, long targetBytes, long deadline, Claim claim) {
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
        try {
            while (!batch.isFull() && batch.bytes() < wantedBytes
                    && claimOldest(batch, wantedBytes - batch.bytes(), deadline, claim)) {}
        } catch (OutOfMemoryError e) {
            if (batch.count() == 0) {
                throw e;                                // no Java heap; what was claimed must be finished
            }
        }
        return batch.count() > 0;
    }

    /// How runs are claimed.
    @FunctionalInterface
    private interface Claim {
        boolean from(VolatileSource source, PurgeBatch batch, long bytes, long until);
    }

    /// Claims from the source that has the oldest run, as far as the next source's oldest.
    private boolean claimOldest(PurgeBatch batch, long bytes, long deadline, Claim claim) {
        VolatileSource oldest = null;
        long mark = deadline;
        long next = deadline;
        for (final var source : sources) {
            if (claim == WITHIN && !source.decays()) {
                continue;
            }
            final long its = source.oldestMark();
            if (VolatileSource.isBefore(its, mark)) {
                next = mark;
                mark = its;
                oldest = source;
            } else if (VolatileSource.isBefore(its, next)) {
                next = its;
            }
        }
        return oldest != null && claim.from(oldest, batch, bytes, next);
    }

    /// Advises and finishes a batch; every run is finished on every way out.
    private long give(PurgeBatch batch, boolean throwIfNothing) {
        long given = adviseTogether(batch);
        int next = 0;
        for (long covered = given; next < batch.count() && covered >= batch.sizes[next]; next++) {
            covered -= batch.sizes[next];
        }
        given = finishTogether(batch, next);
        OsException refusal = null;
        OutOfMemoryError heapIsFull = null;
        for (; next < batch.count(); next++) {
            boolean purged = false;
            try {
                os.advise(batch.addresses[next], batch.sizes[next], Advice.DONTNEED);
                purged = true;
                given += batch.sizes[next];
            } catch (OsException e) {
                failures.increment();
                refusal = e;
            } catch (OutOfMemoryError e) {
                heapIsFull = e;                         // no Java heap for the call
            }
            finish(batch, next, purged);
        }
        if (given > 0) {
            purges.increment();
            purgedBytes.add(given);
        }
        if (given == 0 && heapIsFull != null) {
            throw heapIsFull;
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
        } catch (OutOfMemoryError e) {
            return 0;                                   // no Java heap for the call: one by one needs less
        }
    }

    /// {@return the bytes of the first runs of a batch, which are finished}
    private static long finishTogether(PurgeBatch batch, int end) {
        long bytes = 0;
        for (int i = 0; i < end; i++) {
            batch.finished = i + 1;
            batch.runs[i].finish(true);
            bytes += batch.sizes[i];
        }
        for (int told = 0; told < end; ) {
            told = batch.runs[told].purgesFinished(batch, told, end);
        }
        return bytes;
    }

    private static void finish(PurgeBatch batch, int index, boolean purged) {
        final var run = batch.runs[index];
        batch.finished = index + 1;
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
