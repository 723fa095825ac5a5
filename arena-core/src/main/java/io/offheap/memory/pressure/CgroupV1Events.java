package io.offheap.memory.pressure;

import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.types.OsException;
import io.offheap.memory.types.PressureThresholds;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What the kernel counts up for one limited group of cgroup v1, through `cgroup.event_control` (Linux
/// admin-guide/cgroup-v1/memory.rst, sections 9 and 11): usage that crosses one of three thresholds, in either
/// direction, and memory being reclaimed (`memory.pressure_level`), which the first time is 15 to 20 ms after a
/// limit is met (docs/pressure.md).
///
/// The kernel counts page cache as usage and we do not, so what is left of it is added to each threshold; when it or
/// the limit has changed much, the thresholds are set anew. Where page cache fills the group, no threshold is
/// crossed any more, and its being reclaimed is the event.
///
/// ## Concurrency
/// [#armFor] is for the daemon's thread alone, [#close] for any.
final class CgroupV1Events {

    /// Thresholds that are off by this part of the limit are set anew.
    private static final int TOLERANCE_FRACTION = 32;

    /// No threshold lies nearer to the limit than this part of it: there reclaim begins, and usage stays below.
    private static final int LAST_FRACTION = 64;

    private final SystemFiles files;
    private final String directory;

    /// What is armed, for a limit and so much page cache; null before, and where it is refused.
    private volatile PressureEvent armed;
    private long limitBytes = -1;
    private long reclaimableBytes;

    CgroupV1Events(SystemFiles files, String directory) {
        this.files = files;
        this.directory = directory;
    }

    /// {@return the counter, or empty where the kernel or the file system refuses} It is asked again only when the
    /// limit has changed.
    Optional<PressureEvent> armFor(long limit, long reclaimable, PressureThresholds thresholds) {
        final boolean isNew = limit != limitBytes;
        if (isNew || armed != null && Math.abs(reclaimable - reclaimableBytes) > limit / TOLERANCE_FRACTION) {
            limitBytes = limit;
            reclaimableBytes = reclaimable;
            final var old = armed;
            armed = arm(thresholds);
            if (old != null) {
                old.close();
            }
        }
        return Optional.ofNullable(armed);
    }

    private PressureEvent arm(PressureThresholds thresholds) {
        final KeptFile counter;
        try {
            counter = KeptFile.ofEvent(files);
        } catch (OsException _) {
            return null;
        }
        boolean any = register(counter, "memory.pressure_level", " low");
        for (final double share : new double[] {thresholds.someShare() - PressureGauge.NEAR_SHARE,
                thresholds.someShare(), thresholds.criticalShare()}) {
            any |= register(counter, "memory.usage_in_bytes", " " + thresholdBytes(share));
        }
        if (any) {
            return PressureEvent.ofCounter(counter);
        }
        counter.close();
        return null;
    }

    /// {@return usage as the kernel counts it when this share of the limit is used as we count it}
    private long thresholdBytes(double share) {
        return Math.min((long) (share * limitBytes) + reclaimableBytes, limitBytes - limitBytes / LAST_FRACTION);
    }

    /// The kernel keeps what it needs of both files, so they are closed at once.
    private boolean register(KeptFile counter, String name, String arguments) {
        try {
            final int control = files.openForWriting(directory + "/cgroup.event_control");
            try {
                final int watched = files.openForReading(directory + "/" + name);
                try {
                    files.write(control, (counter.descriptor() + " " + watched + arguments)
                            .getBytes(StandardCharsets.US_ASCII));
                    return true;
                } finally {
                    files.close(watched);
                }
            } finally {
                files.close(control);
            }
        } catch (OsException _) {
            return false;
        }
    }

    /// Closing the counter ends what was registered with it.
    void close() {
        final var last = armed;
        if (last != null) {
            last.close();
        }
    }
}
