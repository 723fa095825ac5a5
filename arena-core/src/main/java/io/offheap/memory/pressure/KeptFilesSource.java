package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryReading;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureSource;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/// What the sources that read files have in common: a buffer to read into, and an end.
///
/// ## Concurrency
/// Thread-safe without a lock, so that nobody waits for another's system call: every look has a buffer of its own, and
/// [KeptFile] keeps descriptors open for looks that are under way when the source is closed.
abstract class KeptFilesSource implements PressureSource, EventSource {

    private final String name;

    /// A buffer that nobody uses, or null: threads seldom look at the same moment, and who finds none makes one.
    private final AtomicReference<Text> spare = new AtomicReference<>();

    private volatile boolean closed;

    KeptFilesSource(String name) {
        this.name = name;
    }

    /// {@return every limit, now; empty when none can be read}
    ///
    /// @param text to read into
    /// @throws OsException if nothing could be read; it counts as empty
    abstract List<MemoryReading> look(Text text);

    /// Closes what is open. May be called more than once, and while a look is under way.
    abstract void closeFiles();

    @Override
    public List<PressureEvent> events() {
        return List.of();
    }

    @Override
    public final String name() {
        return name;
    }

    final boolean isClosed() {
        return closed;
    }

    @Override
    public final List<MemoryReading> readings() {
        if (closed) {
            return List.of();
        }
        final var at = spare.getAndSet(null);
        final var text = at == null ? new Text() : at;
        try {
            return look(text);
        } catch (OsException _) {
            return List.of();
        } finally {
            spare.setOpaque(text);
        }
    }

    @Override
    public final Optional<MemoryReading> read() {
        return readings().stream().min(Comparator.comparingLong(MemoryReading::headroomBytes));
    }

    @Override
    public final void close() {
        closed = true;
        closeFiles();
    }
}
