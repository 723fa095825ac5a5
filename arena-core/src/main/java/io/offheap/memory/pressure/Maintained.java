package io.offheap.memory.pressure;

import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureSource;
import java.util.List;

/// Somebody the daemon looks after: it is told how short memory is, and does its housekeeping meanwhile.
public interface Maintained {

    /// {@return the name that shows in messages}
    String name();

    /// {@return the limits that count for this client, never changing} Read by the daemon before each [#maintain].
    List<PressureSource> sources();

    /// Does what is due. Called on the daemon's thread, never twice at a time, with no lock held. What it
    /// throws is reported and does not stop the daemon.
    ///
    /// @param pressure      how short memory is by the worst of [#sources]
    /// @param headroomBytes what is left below the tightest limit: negative when it is exceeded,
    ///                      `Long.MAX_VALUE` when nothing is limited or nothing can be read
    /// @return nanoseconds after which it wants to be called again at the latest; the daemon may call
    ///         earlier, and does so under pressure
    long maintain(MemoryPressure pressure, long headroomBytes);
}
