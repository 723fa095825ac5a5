package io.offheap.memory.space;

import io.offheap.memory.frame.Frames;
import io.offheap.memory.frame.RetiredRanges;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.FaultReason;
import io.offheap.memory.types.MappingException;
import io.offheap.memory.types.SegmentationFaultException;
import io.offheap.memory.util.RankedLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What several address spaces share: frames, files, the order of marks, and the lock of all of them.
///
/// ## Concurrency
/// One lock, of rank `ADDRESS_SPACES`, guards every structure. Reads and writes of pages that are there take none.
/// An operation holds it for its bookkeeping and for copies of single pages; memory of frames is given back after it
/// is released. Holes are punched into files under it, because a page that is seen as a hole may be written by
/// anybody the next moment.
///
/// An operation that takes entries away changes them first, then advances the epochs of the spaces, then waits for
/// writers, and only then lets frames go: [#leave].
public final class Domain {

    final SystemMemory os;
    final int pageShift;
    final RetiredRanges retired;
    final Frames frames;
    final RankedLock lock = new RankedLock(RankedLock.Rank.ADDRESS_SPACES);
    final Allocations allocations;
    final Faults faults = new Faults(this);
    final Reclaim reclaim = new Reclaim(this);

    // Guarded by the lock.
    final List<Space> spaces = new ArrayList<>();
    final List<FileObject> files = new ArrayList<>();
    boolean punchesUnderPrivate;
    long copies;
    long purgedPages;
    private long clock;
    private int ordersGiven;
    private boolean closed;

    /// @param os          where memory comes from
    /// @param capacity    most frames in use at a time
    /// @param allocations asked before each allocation
    /// @param retired     takes the addresses of what is closed
    public Domain(SystemMemory os, int capacity, Allocations allocations, RetiredRanges retired) {
        this.os = os;
        this.pageShift = Long.numberOfTrailingZeros(os.pageSize());
        this.allocations = allocations;
        this.retired = retired;
        this.frames = new Frames(os, capacity, retired);
    }

    /// {@return the size of a page in bytes}
    public long pageSize() {
        return 1L << pageShift;
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
            lock.unlock();
        }
    }

    /// {@return a file of holes in memory}
    ///
    /// @param pages how many, positive
    public FileObject newMemoryFile(String name, long pages) {
        final var backing = new MemoryFile(os, name, pages, retired);
        lock.lock();
        try {
            requireOpen();
            return add(name, backing);
        } finally {
            lock.unlock();
        }
    }

    /// {@return a file of the file system, which other processes may use}
    ///
    /// @throws IOException if it cannot be opened for reading and writing
    public FileObject openFile(Path path) throws IOException {
        final var backing = new RegularFile(os, path);
        lock.lock();
        try {
            requireOpen();
            final var file = add(path.toString(), backing);
            file.external = true;
            return file;
        } finally {
            lock.unlock();
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
        lock.unlock();
    }

    /// {@return how many pages were copied because somebody wrote to one that others have}
    public long copies() {
        lock.lock();
        try {
            return copies;
        } finally {
            lock.unlock();
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
            lock.unlock();
        }
    }

    /// {@return how many pages were purged since the start}
    public long purgedPages() {
        lock.lock();
        try {
            return purgedPages;
        } finally {
            lock.unlock();
        }
    }

    /// Purges: see [Reclaim].
    public long purge(long target) {
        lock.lock();
        return reclaim.purge(target);
    }

    /// Purges unless somebody else is working on this domain.
    ///
    /// @return pages given back, -1 if the lock was taken
    public long tryPurge(long target) {
        return lock.tryLock() ? reclaim.purge(target) : -1;
    }

    long tick() {
        return ++clock;
    }

    long addressOf(long page) {
        return page << pageShift;
    }

    /// Ends an operation: releases the lock and lets the frames go that nobody references any more.
    void leave() {
        int[] rest = null;
        if (frames.hasLimbo()) {
            WriterGate.awaitWriters();
            rest = frames.recycle();
        }
        frames.acceptReturned();
        lock.unlock();
        giveBack(rest);
    }

    /// Gives taken frames back, with no lock held. Waits for nobody, as [#tryPurge] promises: if somebody holds the lock,
    /// the frames become free when he leaves, or at the latest when frames run out.
    void giveBack(int[] taken) {
        if (taken != null && taken.length > 0) {
            frames.giveBack(taken);
            if (lock.tryLock()) {
                frames.acceptReturned();
                lock.unlock();
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
            lock.unlock();
        }
    }

    /// Closes all spaces and files and releases the memory. Nobody may be using them. Idempotent.
    ///
    /// @throws IllegalStateException if something is pinned
    public void close() {
        for (final var space : List.copyOf(spaces)) {
            space.close();
        }
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        final List<Runnable> steps = new ArrayList<>();
        for (final var file : files) {
            file.closed = true;
            steps.add(file.backing::close);
        }
        steps.add(faults::close);
        steps.add(frames::close);
        Closing.all(steps);
    }
}
