package io.offheap.memory.space;

import io.offheap.memory.frame.Frames;
import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.frame.Taken;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.range.Interval;
import io.offheap.memory.table.PageTable;
import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.FaultReason;
import io.offheap.memory.types.MappingException;
import io.offheap.memory.types.SegmentationFaultException;
import io.offheap.memory.util.RankedLock;
import io.offheap.memory.util.StackRoom;
import io.offheap.memory.util.Ticker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// What several address spaces share: frames, files, the order of marks, and the lock of all of them.
///
/// ## Concurrency
/// One lock, of rank `ADDRESS_SPACES`, guards every structure. Reads and writes of pages that are there take none.
/// An operation holds it for its bookkeeping and for copies of single pages; memory of frames is given back after it
/// is released. Holes are punched into files under it, because a page that is seen as a hole may be written by
/// anybody the next moment.
///
/// An operation that takes entries away changes them first, then advances the epochs of the spaces, then waits for
/// those who write or copy ([GracePeriod]), and only then lets frames go: [#leave].
public final class Domain {

    final SystemMemory os;
    final int pageShift;
    final RetiredRanges retired;
    final Frames frames;
    final RankedLock lock = new RankedLock(RankedLock.Rank.ADDRESS_SPACES);
    final Allocations allocations;
    final Commitment commitment;
    final NodePools pools;
    final Windows windows;
    final GracePeriod grace;
    final ReturnedFrames returned;
    final Faults faults = new Faults(this);
    final Reclaim reclaim = new Reclaim(this);
    final MemoryInAdvance inAdvance = new MemoryInAdvance(this);

    // Guarded by the lock.
    final List<Space> spaces = new ArrayList<>();
    final List<FileObject> files = new ArrayList<>();
    boolean punchesUnderPrivate;
    long purgedPages;
    long purges;
    private long clock;
    private int ordersGiven;
    private boolean closed;

    private final Ticker ticker;
    private final Operation held = this::leave;                         // one for all: an operation makes no object

    /// A domain that nobody limits, with a clock that only counts.
    ///
    /// @param os          where memory comes from
    /// @param capacity    most frames in use at a time; fewer if there is no address space for them
    /// @param allocations asked before each allocation
    /// @param retired     takes the addresses of what is closed
    public Domain(SystemMemory os, int capacity, Allocations allocations, RetiredRanges retired) {
        this(os, capacity, allocations, retired, Headroom.UNLIMITED, () -> 0);
    }

    /// @param os          where memory comes from
    /// @param capacity    most frames in use at a time; fewer if there is no address space for them
    /// @param allocations asked before each allocation
    /// @param retired     takes the addresses of what is closed
    /// @param headroom    asked before pages come to have memory
    /// @param ticker      by which marks age
    public Domain(SystemMemory os, int capacity, Allocations allocations, RetiredRanges retired, Headroom headroom,
                  Ticker ticker) {
        StackRoom.requireMuch();                                        // which links it, while there is stack for that
        this.os = os;
        this.pageShift = Long.numberOfTrailingZeros(os.pageSize());
        this.allocations = allocations;
        this.retired = retired;
        this.frames = new Frames(os, capacity, retired);
        this.commitment = new Commitment(headroom, frames, pageShift);
        this.pools = new NodePools(os, frames);
        this.windows = new Windows(pageShift, Ticker.SYSTEM);
        this.grace = new GracePeriod(lock, windows);
        this.returned = new ReturnedFrames(lock, frames, commitment);
        this.ticker = ticker;
        this.clock = ticker.nanos();
    }

    /// {@return the size of a page in bytes}
    public long pageSize() {
        return 1L << pageShift;
    }

    /// {@return the most frames that can be in use at a time}
    public int capacity() {
        return frames.capacity();
    }

    /// {@return an empty space}
    ///
    /// @param node the node it is on, or null for none
    public Space newSpace(String name, String node) {
        lock.lock();
        try {
            requireOpen();
            final var space = new Space(this, name, ordersGiven++, node);
            spaces.add(space);
            return space;
        } finally {
            unlock();
        }
    }

    /// {@return a file of holes in memory}
    ///
    /// @param pages how many, positive
    public FileObject newMemoryFile(String name, long pages) {
        return enter(name, new MemoryFile(os, name, pages, commitment, retired), false);
    }

    /// {@return a file of the file system, which other processes may use}
    ///
    /// @throws IOException if there is none, or it cannot be opened for reading and writing
    public FileObject openFile(Path path) throws IOException {
        return enter(path.toString(), new RegularFile(os, path), true);
    }

    /// A file that does not become the domain's is closed: nobody else knows its descriptor.
    private FileObject enter(String name, FileBacking backing, boolean external) {
        FileObject file = null;
        try {
            lock.lock();
            try {
                requireOpen();
                file = add(name, backing);
                file.external = external;
                return file;
            } finally {
                unlock();
            }
        } finally {
            if (file == null) {
                backing.close();
            }
        }
    }

    FileObject add(String name, FileBacking backing) {
        final var file = new FileObject(name, ordersGiven++, backing);
        files.add(file);
        return file;
    }

    int nextOrder() {
        return ordersGiven++;
    }

    boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the memory domain is closed");
        }
    }

    /// Sets whether a private mapper that has not written a page keeps it from being purged (false, the default), or
    /// sees the hole.
    public void setPunchesUnderPrivate(boolean punches) {
        lock.lock();
        punchesUnderPrivate = punches;
        unlock();
    }

    /// {@return how many pages were copied because somebody wrote to one that others have}
    public long copies() {
        lock.lock();
        try {
            return inAdvance.copies();
        } finally {
            unlock();
        }
    }

    /// {@return how many pages of frames have memory behind them, as the operating system says}
    public long residentFrames() {
        return frames.residentPages();
    }

    /// {@return how many frames are in use}
    public long framesInUse() {
        lock.lock();
        try {
            return frames.inUse();
        } finally {
            unlock();
        }
    }

    /// {@return how many pages were purged since the start}
    public long purgedPages() {
        lock.lock();
        try {
            return purgedPages;
        } finally {
            unlock();
        }
    }

    /// Purges everything that is volatile or freed lazily, up to a target: see [Reclaim].
    ///
    /// @return pages given back
    public long purge(long target) {
        return purge(PurgeWish.pages(target));
    }

    /// Purges: see [Reclaim].
    ///
    /// @return pages given back
    public long purge(PurgeWish wish) {
        final var run = new Reclaim.Run(wish);                          // with no lock held: it needs Java heap
        lock.lock();
        return reclaim.purge(run);
    }

    /// Purges unless somebody else is working on this domain.
    ///
    /// @return pages given back, -1 if the lock was taken
    public long tryPurge(PurgeWish wish) {
        final var run = new Reclaim.Run(wish);
        return lock.tryLock() ? reclaim.purge(run) : -1;
    }

    /// Returns when no frame is being given back: microseconds, for each page that others are giving back.
    public void awaitGivingBack() {
        returned.awaitAll();
    }

    /// Gives back what is kept for speed alone: memory of free frames, and grants that nobody uses.
    ///
    /// @return pages given back
    public long flush() {
        final long given = purge(new PurgeWish(Long.MAX_VALUE, PurgeWish.ANY_AGE, 0, PurgeWish.Kind.KEPT));
        lock.lock();
        try {
            commitment.giveBackRest();
        } finally {
            unlock();
        }
        return given;
    }

    /// Gives back grants that are kept in hand if no page has memory.
    public void releaseIfUnused() {
        lock.lock();
        try {
            if (frames.charged() == 0 && commitment.filled() == 0) {
                commitment.giveBackRest();
            }
        } finally {
            unlock();
        }
    }

    /// {@return pages that nobody would miss: free frames that are kept with their memory, and what was freed lazily}
    /// A page that several spaces have freed counts more than once.
    public long idlePages() {
        lock.lock();
        try {
            long pages = frames.kept();
            for (final var space : spaces) {
                pages += space.lazy.all().stream().mapToLong(Interval::pages).sum();
            }
            return pages;
        } finally {
            unlock();
        }
    }

    /// {@return what is in use, kept and marked}
    public DomainReading read() {
        lock.lock();
        try {
            long marked = 0;
            long lazy = 0;
            for (final var space : spaces) {
                marked += space.marks.all().stream().mapToLong(Interval::pages).sum();
                lazy += space.lazy.all().stream().mapToLong(Interval::pages).sum();
            }
            for (final var file : files) {
                marked += file.marks.all().stream().mapToLong(Interval::pages).sum();
            }
            return new DomainReading(spaces.size(), files.size(), frames.inUse(), frames.kept(), commitment.filled(),
                    marked, lazy, inAdvance.copies(), purges, purgedPages, frames.refusals());
        } finally {
            unlock();
        }
    }

    /// {@return pages that have memory behind them, as the operating system says} About a nanosecond a page.
    public long residentPages() {
        long pages = frames.residentPages();
        lock.lock();
        try {
            return pages + commitment.filled();                         // a page that was written has memory
        } finally {
            unlock();
        }
    }

    /// {@return a time later than all before, not before the clock's}
    long tick() {
        clock = Math.max(clock + 1, ticker.nanos());
        return clock;
    }

    /// The lock, held for one operation. Its end is [#leave].
    interface Operation extends AutoCloseable {

        @Override
        void close();
    }

    /// Takes the lock for an operation that needs no pages.
    ///
    /// @return what ends the operation
    Operation begin() {
        lock.lock();
        return held;
    }

    /// Takes the lock for an operation that may need pages, with room for them. If there is too little, asks for it with
    /// no lock held; frames that cannot be had are made by a purge, or the operation finds that there are none.
    ///
    /// @param most   pages it needs at most
    /// @param needed pages it needs, under the lock; may throw what the operation would, and is asked again whenever the
    ///               lock was given up
    /// @throws OutOfMemoryError if a limit is met; the lock is not held then
    void enter(long most, LongSupplier needed) {
        boolean hasPurged = false;
        lock.lock();
        inAdvance.giveIfWorthIt();
        while (true) {
            final long want;
            try {
                want = commitment.left() >= most && frames.available() >= most ? 0 : needed.getAsLong();
            } catch (Throwable t) {
                leave();
                throw t;
            }
            final long missing = want - commitment.left();
            final long noFrame = want - frames.available();
            if (want == 0 || missing <= 0 && (noFrame <= 0 || hasPurged)) {
                return;
            }
            unlock();
            if (missing > 0) {
                final long granted = commitment.acquire(missing);
                lock.lock();
                commitment.add(granted);
            } else {
                hasPurged = true;
                purge(noFrame);
                lock.lock();
            }
        }
    }

    long addressOf(long page) {
        return page << pageShift;
    }

    /// Ends an operation: releases the lock and lets the frames go that nobody references any more.
    void leave() {
        Taken rest = null;
        try {
            if (frames.hasLimbo()) {
                grace.noteTaken();
            }
            if (grace.awaitTaken()) {
                rest = frames.recycle();
            }
        } finally {                                                     // if the wait fails, the next operation waits
            unlock();
        }
        returned.giveBack(rest);
    }

    /// Releases the lock. Frames that others have given back meanwhile become free: see [ReturnedFrames].
    void unlock() {
        returned.unlock();
    }

    /// Notes stores that were announced, unless somebody holds the lock or the stack ends: they are an estimate.
    void noteAnnounced(Space space, long page, int stores) {
        if (StackRoom.hasMuch() && lock.tryLock()) {
            try {
                windows.noteAnnounced(space, page, stores);
            } finally {
                unlock();
            }
        }
    }

    SegmentationFaultException segmentationFault(long page) {
        return new SegmentationFaultException(addressOf(page));
    }

    BusErrorException busError(long page, FaultReason reason) {
        return new BusErrorException(addressOf(page), reason);
    }

    MappingException hole(long page) {
        return new MappingException(addressOf(page));
    }

    /// Recomputes all invariants. O(everything).
    ///
    /// @return true
    /// @throws AssertionError naming what is wrong
    public boolean checkInvariants() {
        lock.lock();
        try {
            return new Checker(this).check();
        } finally {
            unlock();
        }
    }

    /// Closes all spaces and files and releases the memory. Idempotent.
    ///
    /// @throws IllegalStateException if something is pinned; nothing has changed then
    public void close() {
        lock.lock();
        try {
            if (closed) {
                return;
            }
            spaces.forEach(space -> space.requireNotPinned(0, PageTable.PAGES));
            for (final var space : spaces) {
                Editor.reset(space);
                space.closed = true;
            }
            spaces.clear();
            closed = true;
            windows.close();
            for (final var file : files) {
                file.closed = true;
                file.backing.forget(0, Long.MAX_VALUE);
            }
            grace.awaitAccesses();
        } finally {
            leave();
        }
        awaitGivingBack();                                              // addresses may soon be somebody else's
        final List<Runnable> steps = new ArrayList<>();
        files.forEach(file -> steps.add(file.backing::close));
        steps.add(faults::close);
        steps.add(frames::close);
        steps.add(this::closeCommitment);
        Closing.all(steps);
    }

    private void closeCommitment() {
        lock.lock();
        try {
            commitment.close();
        } finally {
            lock.unlock();
        }
    }
}
