package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.PressureSource;
import io.offheap.testkit.FakeTicker;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the kernel is asked to report, and what the daemon makes of it, on recorded files.
@Timeout(120)
final class KernelEventsTest {

    private static final long MIB = 1 << 20;
    private static final String V2 = "/sys/fs/cgroup/a/b/memory.";
    private static final String V1 = "/sys/fs/cgroup/memory/a/";
    private static final String HOST_STALLS = "/proc/pressure/memory";

    private final FakeFiles files = new FakeFiles();
    private final RecordingLogger logger = new RecordingLogger();
    private long now;

    /// Time is set by hand, and less than a second passes: a client is called when something happens, and never
    /// because it is due.
    private final FakeTicker ticker = new FakeTicker();
    private final MemoryDaemon daemon = new MemoryDaemon(files, ticker, logger);

    @AfterEach
    void nothingIsLeft() {
        assertEquals(0, files.openCount());
        assertEquals(List.of(), files.registered());
    }

    private PressureSource source() {
        final var sources = PressureSources.detect(files, () -> now += CgroupSource.UNLIMITED_NANOS, "/", logger);
        assertEquals(1, sources.size());
        return sources.getFirst();
    }

    private static int eventsOf(PressureSource source) {
        source.readings();
        return ((EventSource) source).events().size();
    }

    // --- version 2 ---

    private void version2() {
        files.put("/proc/self/cgroup", "0::/a/b\n")
                .put("/proc/self/mountinfo", "30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n")
                .put(V2 + "max", "1000\n").put(V2 + "high", "max\n").put(V2 + "current", "100\n").put(V2 + "stat", "file 0\n")
                .put(V2 + "events", "high 0\n").put(V2 + "pressure", "some avg10=0.00\n");
        for (final var name : List.of("max", "high", "current", "stat", "events")) {
            files.put("/sys/fs/cgroup/a/memory." + name, "max\n");
        }
    }

    @Test
    void version2ListensToTheEventsOfAllGroupsAndToTheStallsOfItsOwn() {
        version2();
        try (var source = source()) {
            assertEquals(3, eventsOf(source));
            assertEquals(List.of(V2 + "pressure: some 150000 2000000"), files.written());
        }
    }

    @Test
    void version2MountedForReadingListensToEventsAlone() {
        version2();
        files.refuseToOpen(V2 + "pressure", FakeFiles.EROFS);
        try (var source = source()) {
            assertEquals(2, eventsOf(source));
        }
        files.refuseToOpen(V2 + "events", FakeFiles.EACCES);
        try (var source = source()) {
            assertEquals(1, eventsOf(source));
        }
        assertEquals(List.of(), logger.lines);
    }

    @Test
    void triggerThatTheKernelRefusesIsNotWaitedFor() {
        version2();
        files.refuseToWrite(V2 + "pressure", FakeFiles.EINVAL);
        try (var source = source()) {
            assertEquals(2, eventsOf(source));
        }
    }

    @Test
    void limitThatIsMetIsAnsweredAtOnce() throws InterruptedException {
        version2();
        final var client = new FakeClient("a", source());
        try (var _ = client.sources().getFirst(); var _ = daemon.register(client)) {
            assertEquals(MemoryPressure.NONE, client.next());
            untilListening();
            files.put(V2 + "current", "990\n");
            files.happen(V2 + "events");
            assertEquals(MemoryPressure.CRITICAL, client.next());
            assertEquals(10, client.headroomBytes);
        }
    }

    @Test
    void stallsAreAShortageWhateverTheLimitsSay() throws InterruptedException {
        version2();
        final var client = new FakeClient("a", source());
        try (var _ = client.sources().getFirst(); var _ = daemon.register(client)) {
            client.next();
            untilListening();
            files.happen(V2 + "pressure");
            assertEquals(MemoryPressure.SOME, client.next());
        }
    }

    /// A removed group's file is urgent for ever.
    @Test
    void groupThatVanishesDoesNotWakeForEver() throws InterruptedException {
        version2();
        final var client = new FakeClient("a", source());
        try (var source = client.sources().getFirst(); var place = daemon.register(client)) {
            client.next();
            untilListening();
            for (final var name : List.of("max", "high", "current", "stat", "events", "pressure")) {
                files.vanish(V2 + name, FakeFiles.ENODEV);
            }
            files.happen(V2 + "events", V2 + "pressure");
            client.next();
            final int open = files.openCount();
            untilListening();
            place.wake();
            client.next();
            assertEquals(open, files.openCount());
            assertEquals(1, eventsOf(source) - 2);                      // the ancestor's; two are closed, and not entered
        }
    }

    // --- version 1 ---

    private void version1(long limit, long cache) {
        files.put("/proc/self/cgroup", "4:memory:/a\n")
                .put("/proc/self/mountinfo", "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n")
                .put(V1 + "memory.usage_in_bytes", 100 * MIB + "\n").put(V1 + "memory.pressure_level", "")
                .put(V1 + "cgroup.event_control", "");
        limits(limit, cache);
    }

    private void limits(long limit, long cache) {
        files.put(V1 + "memory.limit_in_bytes", limit + "\n")
                .put(V1 + "memory.stat", "total_inactive_file " + cache + "\n");
    }

    private static List<String> thresholds(long near, long some, long critical) {
        final var usage = V1 + "memory.usage_in_bytes ";
        return List.of(V1 + "memory.pressure_level low", usage + near, usage + some, usage + critical);
    }

    @Test
    void version1ListensToReclaimAndToUsageThatCrossesThresholdsAbovePageCache() {
        version1(1000 * MIB, 20 * MIB);
        try (var source = source()) {
            assertEquals(1, eventsOf(source));
            assertEquals(thresholds(670 * MIB, 770 * MIB, 940 * MIB), files.registered());
        }
    }

    @Test
    void thresholdsFollowTheLimitAndPageCacheThatChangesMuch() {
        version1(1000 * MIB, 20 * MIB);
        try (var source = source()) {
            eventsOf(source);
            limits(1000 * MIB, 51 * MIB);
            eventsOf(source);
            assertEquals(thresholds(670 * MIB, 770 * MIB, 940 * MIB), files.registered());
            limits(1000 * MIB, 60 * MIB);
            eventsOf(source);
            assertEquals(thresholds(710 * MIB, 810 * MIB, 980 * MIB), files.registered());
            limits(2000 * MIB, 60 * MIB);
            assertEquals(1, eventsOf(source));
            assertEquals(thresholds(1360 * MIB, 1560 * MIB, 1900 * MIB), files.registered());
        }
    }

    @Test
    void noThresholdLiesWhereReclaimKeepsUsageFromGoing() {
        version1(640 * MIB, 600 * MIB);
        try (var source = source()) {
            eventsOf(source);
            assertEquals(thresholds(630 * MIB, 630 * MIB, 630 * MIB), files.registered());
        }
    }

    @Test
    void groupWithoutALimitIsListenedToOnceItHasOne() {
        version1(Long.MAX_VALUE, 0);
        try (var source = source()) {
            assertEquals(0, eventsOf(source));
            limits(1000 * MIB, 0);
            assertEquals(1, eventsOf(source));
            assertEquals(thresholds(650 * MIB, 750 * MIB, 920 * MIB), files.registered());
        }
    }

    @Test
    void whatIsRefusedIsDoneWithout() {
        version1(1000 * MIB, 0);
        files.refuseToOpen(V1 + "memory.pressure_level", FakeFiles.EACCES);
        try (var source = source()) {
            assertEquals(1, eventsOf(source));
            assertEquals(3, files.registered().size());
        }
        files.refuseToWrite(V1 + "cgroup.event_control", FakeFiles.EINVAL);
        try (var source = source()) {
            final int open = files.openCount();
            assertEquals(0, eventsOf(source));
            assertEquals(0, eventsOf(source));
            assertEquals(open, files.openCount());
        }
        files.refuseToOpen(V1 + "cgroup.event_control", FakeFiles.EROFS);
        try (var source = source()) {
            assertEquals(0, eventsOf(source));
        }
        files.refuseEvents(FakeFiles.EMFILE);
        try (var source = source()) {
            assertEquals(0, eventsOf(source));
        }
    }

    @Test
    void crossedThresholdIsAnsweredAtOnce() throws InterruptedException {
        version1(1000 * MIB, 0);
        final var client = new FakeClient("a", source());
        try (var _ = client.sources().getFirst(); var _ = daemon.register(client)) {
            client.next();
            for (final long used : new long[] {750, 920}) {
                untilListening();
                files.put(V1 + "memory.usage_in_bytes", used * MIB + "\n");
                files.happen(V1 + "memory.usage_in_bytes");
                assertEquals(used == 750 ? MemoryPressure.SOME : MemoryPressure.CRITICAL, client.next());
            }
        }
    }

    // --- all ---

    @Test
    void hostListensToItsStalls() {
        files.put("/proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 900 kB\n").put(HOST_STALLS, "some avg10=0.00\n");
        try (var source = source()) {
            assertEquals(1, eventsOf(source));
            assertEquals(List.of(HOST_STALLS + ": some 150000 2000000"), files.written());
        }
        files.refuseToWrite(HOST_STALLS, FakeFiles.EINVAL);
        try (var source = source()) {
            assertEquals(0, eventsOf(source));
        }
    }

    @Test
    void manualSourceIsLookedAtAsSoonAsItIsSet() throws InterruptedException {
        final var manual = new ManualSource("mine");
        final var client = new FakeClient("a", manual);
        try (var _ = daemon.register(client)) {
            client.next();
            manual.set(1000, 800);
            assertEquals(MemoryPressure.SOME, client.next());
        }
        final int before = client.count;
        manual.set(1000, 990);
        assertEquals(before, client.count);
    }

    /// As many turns as the bucket holds; what came later is seen by the next turn, here one that is asked for.
    @Test
    void aFloodOfEventsCausesABoundedNumberOfTurns() throws InterruptedException {
        version2();
        final var client = new FakeClient("a", source());
        try (var _ = client.sources().getFirst(); var place = daemon.register(client)) {
            client.next();
            until(files::isWaiting);
            while (files.isListening()) {
                files.happen(V2 + "events");
                client.next();
                until(files::isWaiting);
            }
            assertTrue(client.count <= Throttle.BURST, "turns " + client.count);
            final int count = client.count;
            final int waits = files.waitCount();
            files.happen(V2 + "events");
            place.hint();
            until(() -> files.waitCount() > waits + 1);                 // it sleeps again, and does not listen
            assertFalse(files.isListening());
            assertEquals(count, client.count);
            files.put(V2 + "current", "800\n");
            place.wake();
            assertEquals(MemoryPressure.SOME, client.next());
        }
    }

    @Test
    void whereWaitingForEventsFailsTheDaemonGoesOnWithoutThem() throws InterruptedException {
        version2();
        files.timeOutLate();
        final var client = new FakeClient("a", source());
        try (var _ = client.sources().getFirst(); var place = daemon.register(client)) {
            client.next();
            untilListening();
            files.refuseToListen(FakeFiles.EIO);
            until(() -> !logger.lines.isEmpty());
            place.wake();
            client.next();
            until(files::isWaiting);
            assertFalse(files.isListening());
        }
        assertEquals(1, logger.lines.size());
    }

    @Test
    void twoClientsOfOneSourceWaitForEachEventOnce() throws InterruptedException {
        version2();
        final var source = source();
        final var one = new FakeClient("one", source);
        final var two = new FakeClient("two", source);
        try (source; var _ = daemon.register(one); var _ = daemon.register(two)) {
            one.next();
            two.next();
            untilListening();
            files.happen(V2 + "events");
            one.next();
            two.next();
            assertSame(one.thread, two.thread);
        }
    }

    // --- descriptors ---

    @Test
    void descriptorIsClosedWhenTheLastUseEnds() {
        files.put("/file", "7\n");
        final var file = KeptFile.open(files, "/file");
        assertTrue(file.enter());
        file.close();
        file.close();
        assertEquals(1, files.openCount());
        assertFalse(file.enter());
        file.leave();
        assertEquals(0, files.openCount());
        assertFalse(file.enter());
    }

    /// One more token is in the bucket, and the daemon waits for events.
    private void untilListening() {
        ticker.advance(Throttle.QUIET_PERIOD_NANOS);
        until(files::isListening);
    }

    private static void until(BooleanSupplier condition) {
        final long start = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(FakeClient.PATIENCE_SECONDS), "waited in vain");
            Thread.onSpinWait();
        }
    }
}
