package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.testkit.Race;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What is ours of the arenas that any thread may use: whose memory it is and when, and who may close what.
@Tag("portable")
class SharedArenasTest {

    private final OffHeapAllocator allocator =
            OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().build();

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
    }

    private long allocated() {
        return allocator.stats().allocatedBytes();
    }

    private static void inAnotherThread(Runnable work) throws Exception {
        final var task = new FutureTask<>(work, null);
        Thread.ofPlatform().start(task);
        task.get();
    }

    @Test
    void smallArenaHoldsASmallBlockAndALargeOneFewBlocks() {
        try (var arena = allocator.ofShared()) {
            assertEquals(0, allocated());
            arena.allocate(64);
            assertEquals(64, allocated());
            arena.allocate(64);
            assertEquals(64 + 128, allocated());
            for (int i = 0; i < 10_000; i++) {
                arena.allocate(64);
            }
            assertTrue(allocated() < 10_002 * 64 + 32_768, () -> allocated() + " bytes");
            arena.allocate(100_000);
        }
        assertEquals(0, allocated());
    }

    @Test
    void memoryIsBackWhenTheArenaIsClosedFromAnotherThread() throws Exception {
        final var arena = allocator.ofShared();
        arena.allocate(100);
        arena.allocate(1 << 20);
        inAnotherThread(() -> {
            arena.allocate(5000);
            arena.close();
        });
        assertEquals(0, allocated());
    }

    @Test
    void allocatorIsNotClosedWhileOneIsOpen() throws Exception {
        for (final Supplier<AutoCloseable> open : List.<Supplier<AutoCloseable>>of(
                allocator::ofShared, allocator::sharedGroup)) {
            final var handle = new AutoCloseable[1];
            inAnotherThread(() -> handle[0] = open.get());
            final var refusal = assertThrows(IllegalStateException.class, allocator::close);
            assertTrue(refusal.getMessage().startsWith("1 arenas or groups"), refusal.getMessage());
            allocator.ofShared().close();                               // it is as open as before
            handle[0].close();
        }
    }

    @Test
    void confinedArenaThatIsOpenKeepsTheOthersUsable() {
        try (var confined = allocator.ofConfined()) {
            assertThrows(IllegalStateException.class, allocator::close);
            try (var shared = allocator.ofShared()) {
                assertEquals(8, shared.allocate(8).byteSize());
            }
            assertEquals(8, confined.allocate(8).byteSize());
        }
    }

    @Test
    void closedAllocatorOpensNone() {
        final var other = OffHeapAllocator.builder().pressure().build();
        final var auto = other.ofAuto();
        final var kept = auto.allocate(100);
        final var global = other.global();
        final var forEver = global.allocate(100);
        kept.fill((byte) 1);
        other.close();
        assertThrows(IllegalStateException.class, other::ofShared);
        assertThrows(IllegalStateException.class, other::sharedGroup);
        assertThrows(IllegalStateException.class, other::ofAuto);
        assertThrows(IllegalStateException.class, () -> auto.allocate(1));
        assertThrows(IllegalStateException.class, () -> global.allocate(1));
        assertEquals(0, kept.get(ValueLayout.JAVA_BYTE, 0));
        assertEquals(0, forEver.get(ValueLayout.JAVA_BYTE, 0));
    }

    /// Whoever gets a segment while the arena is being closed reads zeros or is refused; the memory is nobody else's.
    @Test
    void allocationsAndTheCloseMeet() {
        final var reference = new OffHeapArena[1];
        try (var race = new Race()) {
            for (int round = 0; round < 300; round++) {
                reference[0] = allocator.ofShared();
                final Race.Leg leg = () -> fillUntilClosed(reference[0]);
                race.run(leg, leg, reference[0]::close);
                final var block = allocator.allocate(4096);
                block.fill((byte) 0);
                assertEquals(-1, block.mismatch(MemorySegment.ofArray(new byte[4096])));
                allocator.free(block);
            }
        }
        assertEquals(0, allocated());
    }

    private static void fillUntilClosed(Arena arena) {
        try {
            for (int i = 0; ; i++) {
                final var segment = arena.allocate(i % 50 == 0 ? 5000 : 100);
                assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, 50));
                segment.fill((byte) 1);
            }
        } catch (IllegalStateException _) {
            // closed
        }
    }

    /// An action that runs at the end and throws must cost nothing.
    @Test
    void memoryIsBackAlthoughAnActionAtTheEndThrows() {
        final var shared = new OffHeapArena[] {allocator.ofShared(), allocator.ofConfined()};
        for (final var arena : shared) {
            arena.allocate(5000);
            arena.allocate(100);
            final var thrown = new AtomicBoolean();
            Actions.atTheEnd(arena, () -> {
                thrown.set(true);
                throw new IllegalStateException("on purpose");
            });
            final var refusal = assertThrows(IllegalStateException.class, arena::close);
            assertEquals("on purpose", refusal.getMessage());
            assertTrue(thrown.get());
            assertFalse(arena.scope().isAlive());
            assertThrows(IllegalStateException.class, arena::close);
        }
        assertEquals(0, allocated());
    }

    /// Errors too: the JDK's arenas let them through, and are closed then.
    @Test
    void memoryIsBackAlthoughAnActionAtTheEndFails() {
        final var group = allocator.sharedGroup(1);
        for (final var arena : List.of(allocator.ofShared(), allocator.ofConfined(), group.ofShared())) {
            arena.allocate(5000);
            arena.allocate(100);
            final var failure = new AssertionError("on purpose");
            Actions.atTheEnd(arena, () -> {
                throw failure;
            });
            assertSame(failure, assertThrows(AssertionError.class, arena::close));
            assertFalse(arena.scope().isAlive());
            assertThrows(IllegalStateException.class, arena::close);
        }
        group.close();
        assertEquals(0, allocated());
    }

    /// What runs at the end of a batch may not wait for that end.
    @Test
    void groupIsNotClosedByWhatRunsAtItsEnd() {
        final var group = allocator.sharedGroup(1);
        final var member = group.ofShared();
        member.allocate(100);
        final var refusal = new AtomicReference<RuntimeException>();
        Actions.atTheEnd(member, () -> refusal.set(assertThrows(IllegalStateException.class, group::close)));
        member.close();
        assertTrue(refusal.get().getMessage().contains("at its end"), refusal.get()::getMessage);
        assertFalse(member.scope().isAlive());
        assertEquals(0, allocated());
        group.close();
    }

    @Test
    void memberLivesUntilItsBatchEnds() {
        try (var group = allocator.sharedGroup(3)) {
            final var members = new ArrayList<OffHeapArena>();
            final var segments = new ArrayList<MemorySegment>();
            for (int i = 0; i < 3; i++) {
                final var member = group.ofShared();
                final var segment = member.allocate(1000);
                segment.fill((byte) i);
                members.add(member);
                segments.add(segment);
            }
            assertSame(members.get(0).scope(), members.get(2).scope());
            members.get(1).close();
            members.get(0).close();
            assertThrows(IllegalStateException.class, members.get(0)::close);
            assertThrows(IllegalStateException.class, () -> members.get(0).allocate(1));
            for (int i = 0; i < 3; i++) {
                assertTrue(segments.get(i).scope().isAlive());
                assertEquals(i, segments.get(i).get(ValueLayout.JAVA_BYTE, 999));
            }
            members.get(2).allocate(100);
            assertTrue(allocated() > 0);
            members.get(2).close();
            for (final var segment : segments) {
                assertFalse(segment.scope().isAlive());
                assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_BYTE, 0));
            }
            assertThrows(IllegalStateException.class, members.get(2)::close);
            assertEquals(0, allocated());
        }
    }

    @Test
    void openMemberKeepsItsBatchOnly() {
        try (var group = allocator.sharedGroup(2)) {
            final var kept = group.ofShared();
            final var segment = kept.allocate(100);
            for (int i = 0; i < 101; i++) {
                try (var member = group.ofShared()) {
                    member.allocate(1000);
                }
            }
            assertTrue(segment.scope().isAlive());
            assertTrue(allocated() < 10 * 1024, () -> allocated() + " bytes");
            kept.close();
            assertFalse(segment.scope().isAlive());
        }
        assertEquals(0, allocated());
    }

    @Test
    void groupEndsItsMembers() {
        final var group = allocator.sharedGroup(2);
        final var members = new ArrayList<OffHeapArena>();
        for (int i = 0; i < 5; i++) {
            members.add(group.ofShared());
            members.get(i).allocate(100);
        }
        group.close();
        for (final var member : members) {
            assertFalse(member.scope().isAlive());
            assertThrows(IllegalStateException.class, () -> member.allocate(1));
            assertThrows(IllegalStateException.class, member::close);
        }
        assertThrows(IllegalStateException.class, group::ofShared);
        assertThrows(IllegalStateException.class, group::close);
        assertEquals(0, allocated());
    }

    @Test
    void sizeOfABatchIsChecked() {
        for (final int size : new int[] {0, -1, Integer.MIN_VALUE, (1 << 16) + 1}) {
            assertThrows(IllegalArgumentException.class, () -> allocator.sharedGroup(size));
        }
    }

    @Test
    void membersOfManyThreadsAndTheEndOfTheGroupMeet() {
        try (var race = new Race()) {
            for (int round = 0; round < 50; round++) {
                final var group = allocator.sharedGroup(4);
                final Race.Leg leg = () -> useMembers(group);
                race.run(leg, leg, () -> {
                    for (int i = 0; i < 20; i++) {
                        group.ofShared().close();
                    }
                    group.close();
                });
            }
        }
        assertEquals(0, allocated());
    }

    private static void useMembers(ArenaGroup group) {
        try {
            while (true) {
                final var member = group.ofShared();
                final var segment = member.allocate(300);
                assertEquals(0, segment.get(ValueLayout.JAVA_BYTE, 299));
                segment.fill((byte) 1);
                member.close();
            }
        } catch (IllegalStateException _) {
            // the group is closed
        }
    }

    @Test
    void automaticArenaGoesWithItsLastSegment() {
        var segment = allocator.ofAuto().allocate(100_000);
        var slice = segment.asSlice(10, 10);
        segment = null;
        for (int i = 0; i < 5; i++) {
            System.gc();
            allocator.purge();
        }
        slice.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        assertTrue(allocated() >= 100_000);
        slice = null;
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (allocated() > 0 && System.nanoTime() < deadline) {
            System.gc();
            allocator.purge();
        }
        assertEquals(0, allocated());
    }

    @Test
    void automaticArenaRunsWhatHangsOnItsEnd() {
        final var ran = new AtomicBoolean();
        dropArena(ran);
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!ran.get() && System.nanoTime() < deadline) {
            System.gc();
        }
        assertTrue(ran.get());
    }

    private void dropArena(AtomicBoolean ran) {
        Actions.atTheEnd(allocator.ofAuto(), () -> ran.set(true));
    }

    @Test
    void automaticArenasCountForTheLimit() {
        try (var limited = OffHeapAllocator.builder().directLimit(16 << 20).pressure().build()) {
            for (int i = 0; i < 100; i++) {
                limited.ofAuto().allocate(1 << 20).fill((byte) 1);
            }
            final var kept = limited.ofAuto();
            final var one = kept.allocate(9 << 20);
            assertThrows(OutOfMemoryError.class, () -> kept.allocate(9 << 20));
            assertThrows(OutOfMemoryError.class, () -> limited.allocateDirect(9 << 20));
            one.set(ValueLayout.JAVA_BYTE, 0, (byte) 1);
        }
    }

    @Test
    void globalArenaIsOneAndItsSegmentsCannotBeFreed() {
        final var arena = allocator.global();
        assertSame(arena, allocator.global());
        for (final long size : new long[] {0, 1, 16, 100, 1000, 4096, 8192, 65_536, 100_000, 1 << 20}) {
            for (final long alignment : new long[] {1, 16, 64, 4096, 8192, 1 << 20}) {
                final var segment = arena.allocate(size, alignment);
                final long before = allocated();
                assertThrows(IllegalArgumentException.class, () -> allocator.free(segment), () -> segment.toString());
                assertEquals(before, allocated());
            }
        }
    }
}
