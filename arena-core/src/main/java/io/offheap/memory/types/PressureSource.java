package io.offheap.memory.types;

import java.util.List;
import java.util.Optional;

/// Somebody who knows how short memory is: a container limit, the host, or a budget of our own.
///
/// An implementation may be read from any thread, keeps what it needs to be read cheaply (a file
/// descriptor, not a path), and never throws because the thing it watches went away: it answers empty.
public interface PressureSource extends AutoCloseable {

    /// {@return what this is, for messages and statistics, for example `cgroup v1 /user/app`}
    String name();

    /// {@return limit and usage now, or empty while they cannot be read} Of several limits the tightest: the one
    /// with the least headroom.
    Optional<MemoryReading> read();

    /// {@return every limit that this source knows, now; empty while none can be read} A limit with a smaller used
    /// share may leave less headroom than another, so who asks for levels wants all of them.
    default List<MemoryReading> readings() {
        return read().stream().toList();
    }

    /// {@return from which used shares on memory is short here, never changing}
    default PressureThresholds thresholds() {
        return PressureThresholds.LIMIT;
    }

    /// Releases what the source keeps open; later reads answer empty. Idempotent.
    @Override
    void close();
}
