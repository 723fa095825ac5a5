package io.offheap.memory.source;

import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.OsException;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Address space of a closed [RegionSource] that whoever has the source may still look into: its page maps and shadows. Released
/// by whoever calls [#releaseUnreachable] once nobody has the source any more.
///
/// Thread-safe.
final class Remains extends PhantomReference<RegionSource> {

    private static final ReferenceQueue<RegionSource> UNREACHABLE = new ReferenceQueue<>();

    /// Keeps them from the collector until they are released.
    private static final Set<Remains> WAITING = ConcurrentHashMap.newKeySet();

    private final SystemMemory os;
    private final long[] ranges;        // address and size in turn

    private Remains(RegionSource source, SystemMemory os, long... ranges) {
        super(source, UNREACHABLE);
        this.os = os;
        this.ranges = ranges;
    }

    /// Has ranges released after a source is gone.
    ///
    /// @param source all who look into the ranges have it
    /// @param ranges address and size of each in turn
    static void leave(RegionSource source, SystemMemory os, long... ranges) {
        WAITING.add(new Remains(source, os, ranges));
    }

    /// Releases what nobody can look into any more, as far as the collector knows. A range that the operating system refuses to
    /// take stays reserved.
    static void releaseUnreachable() {
        for (var found = UNREACHABLE.poll(); found != null; found = UNREACHABLE.poll()) {
            final var remains = (Remains) found;
            WAITING.remove(remains);
            remains.release();
        }
    }

    private void release() {
        for (int i = 0; i < ranges.length; i += 2) {
            try {
                os.release(ranges[i], ranges[i + 1]);
            } catch (OsException refusal) {
                // costs addresses alone, and is no matter of who makes another source
            }
        }
    }
}
