package io.offheap.allocator.event;

import java.util.concurrent.atomic.AtomicLong;
import jdk.jfr.FlightRecorder;

/// Tells the flight recorder what happens in one allocator.
///
/// Every method is called from a slow path. While nobody has recorded in this process it costs one static load: the
/// event classes are not even loaded, which would take the flight recorder's 100 ms of set-up. Without the module
/// `jdk.jfr` it costs nothing.
///
/// Any thread, with no lock held: an event takes its thread's stack.
public final class Events {

    /// What made somebody purge.
    public enum Cause {
        /// The program asked for it.
        CALL,
        /// An allocation needed room below a limit.
        GROWTH,
        /// The daemon found memory short.
        PRESSURE,
        /// Nobody had wanted the memory for the decay period.
        DECAY
    }

    /// A sample is taken when so much was taken from slabs and page runs since the last: as often as the JDK samples
    /// a heap that allocates as fast.
    static final long SAMPLE_BYTES = 512L << 10;

    private static final boolean PRESENT = ModuleLayer.boot().findModule("jdk.jfr")
            .map(Events.class.getModule()::canRead).orElse(false);

    private final String allocator;
    private final AtomicLong sinceSample = new AtomicLong();

    /// @param allocator the name that shows
    public Events(String allocator) {
        this.allocator = allocator;
    }

    private static boolean isOn() {
        return PRESENT && FlightRecorder.isInitialized();
    }

    /// Memory went from slabs to a cache, or a run of pages to a large block.
    ///
    /// @param blockBytes size of one block
    /// @param bytes      of all of them
    public void taken(long blockBytes, long bytes) {
        if (isOn()) {
            try {
                sample(blockBytes, bytes);
            } catch (Throwable _) {
                // no heap for it: the event is lost, what was taken is not
            }
        }
    }

    private void sample(long blockBytes, long bytes) {
        if (sinceSample.addAndGet(bytes) < SAMPLE_BYTES) {
            return;
        }
        final var event = new AllocationSampleEvent();
        if (!event.isEnabled()) {
            sinceSample.set(0);
        } else if (event.shouldCommit()) {              // else there were many just now: the next one weighs more
            event.allocator = allocator;
            event.blockBytes = blockBytes;
            event.weight = sinceSample.getAndSet(0);
            event.commit();
        }
    }

    /// Address space was used for the first time.
    ///
    /// @param bytes       how much
    /// @param mappedBytes all that was ever used
    public void grew(long bytes, long mappedBytes) {
        if (isOn()) {
            try {
                grewWhileOn(bytes, mappedBytes);
            } catch (Throwable _) {
                // as above
            }
        }
    }

    private void grewWhileOn(long bytes, long mappedBytes) {
        final var event = new GrowthEvent();
        if (event.shouldCommit()) {
            event.allocator = allocator;
            event.bytes = bytes;
            event.mappedBytes = mappedBytes;
            event.commit();
        }
    }

    /// Begins to time a purge. Nothing that has to be linked when it is first called: that may be when the Java heap is full.
    ///
    /// @return what [#purged] is to be told, null if nobody records events or there is no heap for one
    public PurgeEvent purging() {
        if (!isOn()) {
            return null;
        }
        try {
            final var event = new PurgeEvent();
            event.begin();
            return event;
        } catch (Throwable _) {
            return null;
        }
    }

    /// Tells of a purge, if it gave anything back.
    ///
    /// @param begun what [#purging] said, null for nothing
    /// @param bytes that were given back
    /// @return the same
    public long purged(PurgeEvent begun, Cause cause, long bytes) {
        if (begun != null && bytes > 0) {
            try {
                purgedWhileOn(begun, cause, bytes);
            } catch (Throwable _) {
                // no heap for it: the event is lost, what was given back is not
            }
        }
        return bytes;
    }

    private void purgedWhileOn(PurgeEvent event, Cause cause, long bytes) {
        event.end();
        if (event.shouldCommit()) {
            event.allocator = allocator;
            event.cause = cause.name();
            event.bytes = bytes;
            event.commit();
        }
    }

    /// Memory became shorter, or less short.
    ///
    /// @param from          the level until now
    /// @param to            the level from now on
    /// @param headroomBytes what is left below the tightest limit
    public void pressureChanged(Enum<?> from, Enum<?> to, long headroomBytes) {
        if (isOn()) {
            final var event = new PressureChangeEvent();
            if (event.shouldCommit()) {
                event.allocator = allocator;
                event.from = from.name();
                event.to = to.name();
                event.headroomBytes = headroomBytes;
                event.commit();
            }
        }
    }

    /// The hard limit refused an allocation when nothing was left to purge; listeners have not been told yet.
    ///
    /// @param requestedBytes what the program wants
    /// @param committedBytes what it may touch already
    /// @param hardLimit      the limit
    public void limitHit(long requestedBytes, long committedBytes, long hardLimit) {
        if (isOn()) {
            final var event = new LimitHitEvent();
            if (event.shouldCommit()) {
                event.allocator = allocator;
                event.requestedBytes = requestedBytes;
                event.committedBytes = committedBytes;
                event.hardLimit = hardLimit;
                event.commit();
            }
        }
    }
}
