package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.debug.DebugListener;
import io.offheap.allocator.debug.DebugReport;
import io.offheap.allocator.debug.Debugging;
import io.offheap.allocator.debug.MemoryError;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.util.Ticker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What belongs to an arena or a buffer cannot be freed, resized or asked for by its address, and the attempt changes nothing.
class HiddenBlocksTest {

    private static final byte MARK = 0x3c;
    private static final int BLOCKS = 200;
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);
    private static final long SMALL = 1000;
    private static final long RUN = 20_000;
    private static final long LARGE = 100_000;

    /// Memory at the start of a block, and how its owner gives it back.
    private record Owned(MemorySegment segment, Runnable end) {}

    private enum Owner {
        BUFFER(SMALL, HiddenBlocksTest::buffer),
        BUFFER_OF_PAGES(RUN, HiddenBlocksTest::buffer),
        LARGE_BUFFER(LARGE, HiddenBlocksTest::buffer),
        EMPTY_BUFFER(0, HiddenBlocksTest::buffer),
        CONFINED(SMALL, request -> inArena(request.allocator.ofConfined(), request)),
        CONFINED_FURTHER(SMALL, HiddenBlocksTest::inFurtherBlock),
        CONFINED_ALONE(RUN, request -> inArena(request.allocator.ofConfined(), request)),
        CONFINED_LARGE(LARGE, request -> inArena(request.allocator.ofConfined(), request)),
        SHARED(SMALL, request -> inArena(request.allocator.ofShared(), request)),
        SHARED_ALONE(RUN, request -> inArena(request.allocator.ofShared(), request)),
        SHARED_LARGE(LARGE, request -> inArena(request.allocator.ofShared(), request)),
        MEMBER(SMALL, HiddenBlocksTest::inMember),
        MEMBER_LARGE(LARGE, HiddenBlocksTest::inMember),
        AUTO(SMALL, request -> inEndless(request.allocator.ofAuto(), request)),
        AUTO_LARGE(LARGE, request -> inEndless(request.allocator.ofAuto(), request)),
        GLOBAL(SMALL, request -> inEndless(request.allocator.global(), request)),
        GLOBAL_ALONE(RUN, request -> inEndless(request.allocator.global(), request)),
        GLOBAL_LARGE(LARGE, request -> inEndless(request.allocator.global(), request)),
        VOLATILE(SMALL, HiddenBlocksTest::pinned),
        VOLATILE_LARGE(LARGE, HiddenBlocksTest::pinned);

        private final long size;
        private final Function<Request, Owned> open;

        Owner(long size, Function<Request, Owned> open) {
            this.size = size;
            this.open = open;
        }

        /// {@return whether the owner gives the memory back when it is told to, and not later}
        boolean ends() {
            return !name().startsWith("AUTO") && !name().startsWith("GLOBAL");
        }

        /// {@return whether nothing but the shadow tells the block from one of explicit lifetime}
        boolean isSlot() {
            return size <= 65_536 && this != VOLATILE;
        }
    }

    private record Request(OffHeapAllocator allocator, long size) {}

    private enum Setup {
        PLAIN(Checks.ON, false, Debugging.off()),
        UNCHECKED(Checks.OFF, false, Debugging.off()),
        ZEROING(Checks.ON, true, Debugging.off()),
        SAMPLED(Checks.ON, false, Debugging.sampled().sampling(1L << 50)),
        FULL(Checks.ON, false, Debugging.full());

        private final Checks checks;
        private final boolean zeroes;
        private final Debugging debugging;

        Setup(Checks checks, boolean zeroes, Debugging debugging) {
            this.checks = checks;
            this.zeroes = zeroes;
            this.debugging = debugging;
        }

        /// {@return whether freed blocks may wait before they are free}
        boolean keepsFreed() {
            return this == FULL;
        }
    }

    private final List<Object> told = new CopyOnWriteArrayList<>();
    private final DebugListener listener = new DebugListener() {
        @Override
        public void found(MemoryError error) {
            told.add(error);
        }

        @Override
        public void leaked(DebugReport report) {
            told.add(report);
        }
    };

    private OffHeapAllocator allocator;

    @AfterEach
    void close() {
        assertTrue(allocator.checkInvariants());
        allocator.close();
        assertEquals(List.of(), told);
    }

    /// Without daemon, so that nothing happens between calls.
    private void open(Setup setup) {
        final var options = OffHeapAllocator.builder().decay(Duration.ofNanos(-1)).pressure().managementBeans(false)
                .checks(setup.checks).zeroOnFree(setup.zeroes).debug(setup.debugging.listener(listener)).options();
        allocator = new OffHeapAllocator(options, Platform.memory(), Ticker.SYSTEM, false);
    }

    private static Owned buffer(Request request) {
        final var buffer = request.allocator.allocateDirect((int) request.size);
        return new Owned(MemorySegment.ofBuffer(buffer), () -> request.allocator.free(buffer));
    }

    private static Owned inArena(Arena arena, Request request) {
        return new Owned(arena.allocate(request.size), arena::close);
    }

    private static Owned inFurtherBlock(Request request) {
        final var arena = request.allocator.ofConfined();
        arena.allocate(ConfinedArena.FIRST_BLOCK);
        return inArena(arena, request);
    }

    private static Owned inMember(Request request) {
        final var group = request.allocator.sharedGroup();
        return new Owned(group.ofShared().allocate(request.size), group::close);
    }

    private static Owned inEndless(Arena arena, Request request) {
        return new Owned(arena.allocate(request.size), () -> { });
    }

    private static Owned pinned(Request request) {
        final var block = request.allocator.allocateVolatile(request.size);
        final var pin = block.pin();
        return new Owned(pin.segment(), () -> {
            pin.close();
            block.close();
        });
    }

    private long allocated() {
        return allocator.stats().allocatedBytes();
    }

    private void refused(Executable call) {
        final var before = allocator.stats();
        assertThrows(IllegalArgumentException.class, call);
        assertEquals(before, allocator.stats());
    }

    /// Every way to take the memory at an address for a block of explicit lifetime.
    private void refusedAsBlock(long address, long size) {
        refused(() -> allocator.freeAddress(address));
        refused(() -> allocator.usableSize(address));
        refused(() -> allocator.segmentOf(address));
        for (final long said : Set.of(size, 16L, LARGE + 1)) {
            final var segment = RawMemory.segment(address, said);
            refused(() -> allocator.free(segment));
            refused(() -> allocator.reallocate(segment, 10));
            refused(() -> allocator.reallocate(segment, 2 * LARGE));
        }
    }

    /// {@return new blocks that are filled, of a size and of one that a further block of an arena may have}
    private Set<Long> blocks(long size) {
        final var addresses = new HashSet<Long>();
        for (int i = 0; i < BLOCKS; i++) {
            final long each = i % 2 == 0 ? size : 2 * ConfinedArena.FIRST_BLOCK;
            final var block = allocator.allocateUninitialized(each, 16);
            block.fill((byte) ~MARK);
            assertTrue(addresses.add(block.address()), "handed out twice");
        }
        return addresses;
    }

    private static Stream<Arguments> everything() {
        return Stream.of(Setup.values()).flatMap(setup -> Stream.of(Owner.values())
                .filter(owner -> setup != Setup.UNCHECKED || !owner.isSlot())
                .map(owner -> Arguments.of(setup, owner)));
    }

    @ParameterizedTest
    @MethodSource("everything")
    void memoryOfAnArenaOrABufferIsRefusedAndStaysItsOwn(Setup setup, Owner owner) {
        open(setup);
        final long before = allocated();
        final var owned = owner.open.apply(new Request(allocator, owner.size));
        final var segment = owned.segment;
        segment.fill(MARK);
        refusedAsBlock(segment.address(), owner.size);
        refused(() -> allocator.free(segment));
        final var others = blocks(owner.size);
        assertTrue(others.stream().noneMatch(address -> address == segment.address()), "handed out while it is in use");
        for (long i = 0; i < owner.size; i++) {
            assertEquals(MARK, segment.get(ValueLayout.JAVA_BYTE, i));
        }
        others.forEach(allocator::freeAddress);
        owned.end.run();
        if (owner.ends() && !setup.keepsFreed()) {
            assertEquals(before, allocated());
        }
        blocks(owner.size).forEach(allocator::freeAddress);
    }

    /// {@return where the memory was of what nobody refers to}
    private long dropped(Owner owner) {
        final var owned = owner.open.apply(new Request(allocator, owner.size));
        refusedAsBlock(owned.segment.address(), owner.size);
        return owned.segment.address();
    }

    @ParameterizedTest
    @EnumSource(names = {"BUFFER", "BUFFER_OF_PAGES", "LARGE_BUFFER", "AUTO", "AUTO_LARGE"})
    void collectorFreesWhatWasRefusedAndNothingElse(Owner owner) {
        open(Setup.PLAIN);
        final long address = dropped(owner);
        final long own = allocated();
        final var others = blocks(owner.size);
        final long rest = allocated() - own;
        final long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
        while (allocated() > rest && System.nanoTime() < deadline) {
            System.gc();
            allocator.purge();
            assertTrue(others.stream().noneMatch(other -> other == address));
        }
        assertEquals(rest, allocated());
        refusedAsBlock(address, owner.size);
        others.forEach(allocator::freeAddress);
        assertEquals(0, allocated());
    }

    @Test
    void memoryThatWaitsForTheNextBufferIsRefused() {
        open(Setup.PLAIN);
        final var addresses = new HashSet<Long>();
        for (int i = 0; i < BLOCKS; i++) {
            addresses.add(dropped(Owner.BUFFER));
        }
        final long deadline = System.nanoTime() + LONGEST_WAIT.toNanos();
        boolean isUsedAgain = false;
        while (!isUsedAgain && System.nanoTime() < deadline) {
            System.gc();
            isUsedAgain = !addresses.add(dropped(Owner.BUFFER));
        }
        assertTrue(isUsedAgain, "no buffer was found");
        addresses.forEach(address -> refusedAsBlock(address, Owner.BUFFER.size));
    }
}
