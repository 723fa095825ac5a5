package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemFiles;
import io.offheap.memory.pressure.ManualSource;
import io.offheap.memory.pressure.MemoryDaemon;
import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.SegmentationFaultException;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.FakeTicker;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A domain within its limits, and under the daemon: by hand, and through the daemon of the process.
@Timeout(60)
class MemoryDomainPressureTest {

    private static final long MIB = 1L << 20;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    private static final long ROOM = Long.MAX_VALUE;

    private final FakeTicker clock = new FakeTicker();
    private final long page = Platform.memory().pageSize();
    private MemoryDomain domain;
    private AddressSpace space;

    @AfterEach
    void close() {
        if (domain != null) {
            assertTrue(domain.checkInvariants());
            domain.close();
            assertEquals(0, domain.stats().committedBytes());
        }
    }

    private void open(MemoryDomain.Builder builder) {
        open(builder, null);
    }

    /// @param daemon looks after the domain; null: the test does, by hand
    private void open(MemoryDomain.Builder builder, MemoryDaemon daemon) {
        domain = new MemoryDomain(builder.capacity(256 * MIB).clock(clock).options(), Platform.memory(), daemon);
        space = domain.newSpace("A");
    }

    private void fill(AddressSpace target, long from, long size) {
        target.map(from, size);
        for (long at = from; at < from + size; at += page) {
            target.putLong(at, at + 1);
        }
    }

    private void maintain(MemoryPressure level) {
        domain.keeper().maintain(level, ROOM);
    }

    @Test
    void withoutAThreadForTheDaemonPagesComeAllTheSame() {
        final var refusing = new AtomicBoolean(true);
        final var files = (SystemFiles) Proxy.newProxyInstance(SystemFiles.class.getClassLoader(), new Class<?>[] {SystemFiles.class},
                (_, method, arguments) -> {
                    if (refusing.get()) {
                        throw new OutOfMemoryError("unable to create native thread: as the JVM says it");
                    }
                    return method.invoke(Platform.files(), arguments);
                });
        open(MemoryDomain.builder().pressure(), new MemoryDaemon(files, Ticker.SYSTEM));
        fill(space, 0, MIB);
        assertEquals(MIB - page + 1, space.getLong(MIB - page));
        assertFalse(domain.keeper().isRegistered());
        refusing.set(false);
        fill(space, 4 * MIB, 4 * MIB);
        assertTrue(domain.keeper().isRegistered());
    }

    // ---- own limits

    @Test
    void hardLimitPurgesTheOldestRangeBeforeItFails() {
        open(MemoryDomain.builder().pressure().hardLimit(4 * MIB));
        fill(space, 0, 3 * MIB);
        space.markVolatile(0, MIB);
        space.markVolatile(MIB, MIB);
        fill(space, 16 * MIB, MIB);
        fill(space, 32 * MIB, MIB);
        assertEquals(Contents.PURGED, space.unmarkVolatile(0, MIB));
        assertEquals(Contents.INTACT, space.unmarkVolatile(MIB, MIB));
        assertTrue(domain.stats().committedBytes() <= 4 * MIB, domain.stats()::toString);
        assertTrue(domain.stats().directReclaims() > 0);
        space.map(64 * MIB, MIB);
        assertThrows(OutOfMemoryError.class, () -> fill(space, 64 * MIB, MIB));
        assertEquals(2 * MIB + 1, space.getLong(2 * MIB));
        assertTrue(domain.stats().committedBytes() <= 4 * MIB, domain.stats()::toString);
    }

    @Test
    void refusedWriteChangesNothing() {
        open(MemoryDomain.builder().pressure().hardLimit(16 * page));
        space.map(0, MIB);
        assertThrows(OutOfMemoryError.class, () -> space.write(0, MemorySegment.ofArray(new byte[17 * (int) page])));
        assertEquals(0, space.status(0, MIB).residentPages());
        space.write(0, MemorySegment.ofArray(new byte[16 * (int) page]));
        assertEquals(16 * page, domain.stats().committedBytes());
        assertThrows(OutOfMemoryError.class, () -> space.putLong(16 * page, 1));
        assertEquals(0, space.getLong(16 * page));
        space.unmap(0, 8 * page);
        space.putLong(16 * page, 1);
        assertEquals(1, space.getLong(16 * page));
    }

    /// A fault where nothing is mapped is what it is, also for more than could be had.
    @Test
    void unmappedRangeIsNoShortageOfMemory() {
        open(MemoryDomain.builder().pressure().hardLimit(16 * page));
        assertThrows(SegmentationFaultException.class,
                () -> space.write(0, MemorySegment.ofArray(new byte[64 * (int) page])));
        assertEquals(0, domain.stats().committedBytes());
    }

    @Test
    void memoryOfSharedObjectsCountsToo() {
        open(MemoryDomain.builder().pressure().hardLimit(MIB));
        final var object = domain.newSharedObject("object", 4 * MIB);
        space.map(0, 4 * MIB, object, 0, true);
        for (long at = 0; at < MIB; at += page) {
            space.putLong(at, 1);
        }
        assertEquals(MIB, domain.stats().objectBytes());
        assertThrows(OutOfMemoryError.class, () -> space.putLong(MIB, 1));
        assertThrows(OutOfMemoryError.class, () -> fill(space, 64 * MIB, page));
        object.markVolatile(0, page);
        space.putLong(MIB, 1);
        assertEquals(Contents.PURGED, object.unmarkVolatile(0, page));
        object.punch(page, page);
        space.putLong(2 * MIB, 1);
        assertEquals(MIB, domain.stats().committedBytes());
    }

    @Test
    void capacityThatIsUsedUpPurgesToo() {
        domain = MemoryDomain.builder().pressure().capacity(4 * page).build();
        space = domain.newSpace("A");
        fill(space, 0, 4 * page);
        space.markVolatile(page, page);
        fill(space, 16 * page, page);
        assertEquals(Contents.PURGED, space.unmarkVolatile(page, page));
        space.map(32 * page, page);
        assertThrows(OutOfMemoryError.class, () -> space.putLong(32 * page, 1));
    }

    @Test
    void softLimitIsAWish() {
        open(MemoryDomain.builder().pressure().softLimit(2 * MIB));
        fill(space, 0, 2 * MIB);
        space.markVolatilePartially(0, 2 * MIB);
        fill(space, 16 * MIB, MIB);
        final long purged = domain.stats().purgedBytes();
        assertTrue(purged > 0 && purged < 2 * MIB, domain.stats()::toString);
        fill(space, 32 * MIB, 4 * MIB);
        assertTrue(domain.stats().committedBytes() > 2 * MIB);
    }

    @Test
    void growthBelowAnExternalLimitPurgesFirst() {
        final var limit = new ManualSource("limit");
        limit.set(1024 * MIB, 100 * MIB);
        open(MemoryDomain.builder().pressure(limit).reserve(32 * MIB));
        fill(space, 0, 8 * MIB);
        space.markVolatile(0, 8 * MIB);
        limit.set(1024 * MIB, 1020 * MIB);
        fill(space, 64 * MIB, 128 * MIB);                               // the limit is looked at now and then
        assertEquals(8 * MIB, domain.stats().purgedBytes());
        assertTrue(domain.stats().directReclaims() > 0);
        assertThrows(BusErrorException.class, () -> space.getLong(0));
    }

    // ---- the daemon's turns

    @Test
    void someTakesWhatExceedsTheLimitThenIdleUnitsThenAllThatIsIdle() {
        open(MemoryDomain.builder().pressure().decay(Duration.ofSeconds(10)));
        fill(space, 0, 8 * MIB);
        space.markVolatilePartially(0, MIB);
        space.markVolatile(2 * MIB, 4 * MIB);
        space.markVolatile(6 * MIB, MIB);
        domain.keeper().maintain(MemoryPressure.SOME, -16 * page);      // 16 pages above a soft limit
        assertEquals(16 * page, domain.stats().purgedBytes());
        clock.advance(2 * SECOND);
        maintain(MemoryPressure.NONE);
        maintain(MemoryPressure.SOME);
        assertEquals(16 * page, domain.stats().purgedBytes(), "nothing else at once");
        clock.advance(SECOND);
        maintain(MemoryPressure.SOME);
        assertEquals(16 * page + 4 * MIB, domain.stats().purgedBytes(), "the range of 4 MiB after half a second");
        space.markVolatile(7 * MIB, MIB);
        clock.advance(SECOND / 2);
        maintain(MemoryPressure.SOME);
        assertEquals(6 * MIB, domain.stats().purgedBytes(), "all but what was marked half a second ago");
        maintain(MemoryPressure.CRITICAL);
        assertEquals(7 * MIB, domain.stats().purgedBytes());
    }

    @Test
    void timeTakesKeptAndLazilyFreedPagesAndNoMarkedOnes() {
        open(MemoryDomain.builder().pressure().decay(Duration.ofSeconds(10)));
        fill(space, 0, 3 * MIB);
        space.markVolatile(0, MIB);
        space.freeLazily(MIB, MIB);
        space.unmap(2 * MIB, MIB);
        assertEquals(MIB, domain.stats().keptBytes());
        maintain(MemoryPressure.NONE);
        assertEquals(MIB, domain.stats().keptBytes());
        for (int turn = 0; turn < 120; turn++) {
            clock.advance(SECOND / 5);
            maintain(MemoryPressure.NONE);
        }
        assertEquals(0, domain.stats().keptBytes());
        assertEquals(0, domain.stats().lazilyFreedBytes());
        assertEquals(MIB, domain.stats().privateBytes());
        assertEquals(0, space.getLong(MIB), "silently gone");
        assertEquals(Contents.INTACT, space.unmarkVolatile(0, MIB));
        assertTrue(domain.residentBytes() <= MIB + 64 * page, "resident " + domain.residentBytes());
    }

    @Test
    void pageThatTimeTookAndThatWasMarkedIsReported() {
        open(MemoryDomain.builder().pressure().decay(Duration.ofSeconds(10)));
        fill(space, 0, 2 * page);
        space.freeLazily(0, 2 * page);
        space.markVolatile(0, page);
        for (int turn = 0; turn < 120; turn++) {
            clock.advance(SECOND / 5);
            maintain(MemoryPressure.NONE);
        }
        assertEquals(0, domain.stats().lazilyFreedBytes());
        assertEquals(0, space.getLong(page), "not marked: silently gone");
        assertThrows(BusErrorException.class, () -> space.getLong(0));
        assertEquals(Contents.PURGED, space.unmarkVolatile(0, page));
    }

    @Test
    void criticalGivesBackKeptPages() {
        open(MemoryDomain.builder().pressure().decay(Duration.ofNanos(-1)));
        fill(space, 0, MIB);
        space.unmap(0, MIB);
        maintain(MemoryPressure.SOME);
        assertEquals(MIB, domain.stats().keptBytes());
        maintain(MemoryPressure.CRITICAL);
        assertEquals(0, domain.stats().keptBytes());
        assertEquals(0, domain.stats().committedBytes());
    }

    @Test
    void agesAreThoseOfMarksAlsoThroughAFork() {
        open(MemoryDomain.builder().pressure().decay(Duration.ofSeconds(20)));
        fill(space, 0, 2 * page);
        space.markVolatile(0, page);
        clock.advance(3 * SECOND);
        maintain(MemoryPressure.NONE);
        try (var child = space.fork("B")) {
            child.putLong(0, 7);
            space.markVolatile(page, page);
            clock.advance(SECOND / 2);
            maintain(MemoryPressure.SOME);
            clock.advance(SECOND / 4);
            for (int i = 0; i < 5; i++) {
                maintain(MemoryPressure.SOME);
                clock.advance(SECOND / 4);
            }
            assertEquals(2 * page, domain.stats().purgedBytes(), "the page of the parent and the copy, which keeps the age");
            assertEquals(Contents.PURGED, child.unmarkVolatile(0, page));
        }
        assertEquals(Contents.INTACT, space.unmarkVolatile(page, page));
    }

    // ---- the daemon of the process

    @Test
    void daemonLooksAfterADomainWhileItHasMemory() {
        open(MemoryDomain.builder().pressure().decay(Duration.ZERO), MemoryDaemon.shared());
        assertFalse(domain.keeper().isRegistered());
        fill(space, 0, page);
        assertTrue(domain.keeper().isRegistered());
        space.unmap(0, page);
        await(() -> !domain.keeper().isRegistered());
        assertEquals(0, domain.stats().committedBytes());
        fill(space, 0, page);
        assertTrue(domain.keeper().isRegistered());
    }

    @Test
    void daemonPurgesAsALimitIsNeared() {
        final var limit = new ManualSource("limit");
        limit.set(1024 * MIB, 0);
        open(MemoryDomain.builder().pressure(limit), MemoryDaemon.shared());
        fill(space, 0, MIB);
        space.markVolatile(0, MIB);
        limit.set(1024 * MIB, 1000 * MIB);
        await(() -> domain.stats().purgedBytes() == MIB);
        assertEquals(Contents.PURGED, space.unmarkVolatile(0, MIB));
    }

    /// The limits of this machine: nothing is made short, so that what is asserted holds with and without pressure.
    @Test
    void realLimitsAreAsked() {
        domain = MemoryDomain.create();
        space = domain.newSpace("A");
        fill(space, 0, 64 * MIB);
        space.markVolatile(0, 32 * MIB);
        final var stats = domain.stats();
        assertTrue(stats.committedBytes() >= stats.privateBytes() + stats.keptBytes(), stats::toString);
        assertEquals(64 * MIB, stats.privateBytes() + stats.purgedBytes());
        assertFalse(domain.keeper().sources().isEmpty());
        assertEquals(32 * MIB + 1, space.getLong(32 * MIB));
    }

    private static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.yield();                                             // the test's timeout ends it
        }
    }
}
