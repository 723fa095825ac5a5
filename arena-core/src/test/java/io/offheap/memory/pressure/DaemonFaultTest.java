package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureSource;
import io.offheap.testkit.FailingFiles;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Every call to files that the sources and the daemon make fails in turn: nobody is forgotten, nothing stays open, and
/// the daemon goes on.
@Timeout(120)
final class DaemonFaultTest {

    private static final String V2 = "/sys/fs/cgroup/a/memory.";
    private static final String V1 = "/sys/fs/cgroup/memory/a/";

    /// More than one run makes; the daemon's own calls vary in number from run to run.
    private static final int CALLS = 120;

    private final RecordingLogger logger = new RecordingLogger();

    private static FakeFiles recorded() {
        return new FakeFiles()
                .put("/proc/self/cgroup", "4:memory:/a\n0::/a\n")
                .put("/proc/self/mountinfo", """
                        35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
                        30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw
                        """)
                .put(V2 + "max", "1000\n").put(V2 + "high", "max\n").put(V2 + "current", "100\n").put(V2 + "stat", "file 0\n")
                .put(V2 + "events", "high 0\n").put(V2 + "pressure", "some avg10=0.00\n")
                .put(V1 + "memory.limit_in_bytes", "1000000\n").put(V1 + "memory.usage_in_bytes", "100\n")
                .put(V1 + "memory.stat", "total_inactive_file 0\n").put(V1 + "memory.pressure_level", "")
                .put(V1 + "cgroup.event_control", "")
                .put("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 900 kB\n")
                .put("/proc/pressure/memory", "some avg10=0.00\n");
    }

    /// {@return how many calls were made}
    private long once(long nth, Errno errno) throws InterruptedException {
        final var fake = recorded();
        final var files = new FailingFiles(fake, nth, errno);
        final var clock = new long[1];
        logger.lines.clear();
        final var sources = PressureSources.detect(files, () -> clock[0] += CgroupSource.UNLIMITED_NANOS, "/", logger);
        final var client = new FakeClient("a", sources.toArray(new PressureSource[0]));
        try (var place = new MemoryDaemon(files, () -> 0, logger).register(client)) {
            client.next();
            fake.put(V2 + "current", "950\n").put(V1 + "memory.usage_in_bytes", "950000\n");
            fake.happen(V2 + "events");
            fake.happen(V1 + "memory.usage_in_bytes");
            // Whatever failed: a look that is asked for, or the one after it, sees what one of the groups says. Groups
            // that could not be found at all at the start are warned of, and the host is all that is left.
            final boolean knowsGroups = sources.stream().anyMatch(source -> source.name().startsWith("cgroup"));
            assertTrue(knowsGroups || errno == Errno.ENODEV || logger.lines.toString().contains("control groups are not watched"), files::failed);
            for (int i = 0; knowsGroups && client.headroomBytes > 50_000; i++) {
                assertTrue(i < 3, () -> files.failed() + ": headroom " + client.headroomBytes);
                client.forgetCalls();
                place.wake();
                client.next();
            }
            client.forgetCalls();
            place.wake();
            assertEquals(knowsGroups ? MemoryPressure.CRITICAL : MemoryPressure.NONE, client.next(), files::failed);
        } finally {
            sources.forEach(PressureSource::close);
        }
        client.thread.join(TimeUnit.SECONDS.toMillis(FakeClient.PATIENCE_SECONDS));
        assertTrue(!client.thread.isAlive(), () -> files.failed() + ": the thread goes on");
        files.checkAllClosed();
        assertEquals(0, fake.openCount(), () -> files.failed());
        return files.calls();
    }

    @Test
    void everyFailingCallIsSurvived() throws InterruptedException {
        final long calls = once(0, Errno.EIO);
        assertTrue(50 < calls && calls < CALLS, "calls " + calls);
        for (final var errno : List.of(Errno.EIO, Errno.EMFILE, Errno.EACCES, Errno.ENODEV)) {
            for (int nth = 1; nth <= CALLS; nth++) {
                once(nth, errno);
            }
        }
    }
}
