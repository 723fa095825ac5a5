package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// What the sources that read files have in common: one look at a time, and none after the closing.
///
/// ## Concurrency
/// Thread-safe. One lock guards the descriptors and the text buffer; it is a leaf, and it is held across the
/// system calls on purpose: a descriptor that another thread closes meanwhile could be anybody's file by the
/// time it is read.
abstract class KeptFilesSource implements PressureSource {

    private final String name;
    private final ReentrantLock lock = new ReentrantLock();

    /// Guarded by the lock, as everything that [#look] touches.
    private boolean closed;

    /// What the last look found; for the use of [#look].
    final Text text = new Text();

    KeptFilesSource(String name) {
        this.name = name;
    }

    /// {@return every limit, now; empty when none can be read} Called with the lock held.
    ///
    /// @throws OsException if nothing could be read; it counts as empty
    abstract List<MemoryReading> look();

    /// Closes what is open. Called once, with the lock held.
    abstract void closeFiles();

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final List<MemoryReading> readings() {
        lock.lock();
        try {
            return closed ? List.of() : look();
        } catch (OsException _) {
            return List.of();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public final Optional<MemoryReading> read() {
        return readings().stream().min(Comparator.comparingLong(MemoryReading::headroomBytes));
    }

    @Override
    public final void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                closeFiles();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Runs a change of what is looked at, with the lock held, unless the source is closed.
    ///
    /// @throws IllegalStateException if it is closed
    final void change(Runnable change) {
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("closed: " + name);
            }
            change.run();
        } finally {
            lock.unlock();
        }
    }
}
