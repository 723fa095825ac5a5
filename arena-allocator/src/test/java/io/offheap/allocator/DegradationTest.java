package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.Platform;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.Ticker;
import io.offheap.testkit.DelegatingMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What the kernel may refuse from the beginning, by a filter or because it is old, costs one feature each, and never an allocation.
class DegradationTest {

    private static final long MIB = 1L << 20;

    /// A filter's answers, and an old kernel's.
    private static final List<Errno> REFUSALS = List.of(Errno.ENOSYS, Errno.EPERM, Errno.EINVAL);

    /// What the library asks for and can do without.
    private enum Optional {
        DONTNEED, FREE, HUGEPAGE, NOHUGEPAGE, DONTDUMP, BATCHES, BATCHES_THAT_WERE_PROMISED, FENCES, RESIDENCY
    }

    /// Real memory, of which some is refused for ever.
    private static final class RefusingMemory extends DelegatingMemory {
        private final Set<Optional> refused;
        private final Errno errno;

        RefusingMemory(Set<Optional> refused, Errno errno) {
            super(Platform.memory());
            this.refused = refused;
            this.errno = errno;
        }

        private void ask(Optional what, String call) {
            if (refused.contains(what)) {
                throw errno.of(call, "refused by the test");
            }
        }

        @Override
        public void advise(long address, long size, Advice advice) {
            switch (advice) {
                case DONTNEED -> ask(Optional.DONTNEED, "madvise");
                case FREE -> ask(Optional.FREE, "madvise");
                case HUGEPAGE -> ask(Optional.HUGEPAGE, "madvise");
                case NOHUGEPAGE -> ask(Optional.NOHUGEPAGE, "madvise");
                case DONTDUMP -> ask(Optional.DONTDUMP, "madvise");
                default -> throw new AssertionError("not used by allocators: " + advice);
            }
            super.advise(address, size, advice);
        }

        @Override
        public boolean advisesInBatches() {
            return !refused.contains(Optional.BATCHES) && super.advisesInBatches();
        }

        @Override
        public long adviseAll(long[] addresses, long[] sizes, int count, Advice advice) {
            ask(Optional.BATCHES_THAT_WERE_PROMISED, "process_madvise");
            ask(Optional.DONTNEED, "process_madvise");
            return super.adviseAll(addresses, sizes, count, advice);
        }

        @Override
        public boolean fencesThreads() {
            return !refused.contains(Optional.FENCES) && super.fencesThreads();
        }

        @Override
        public void fenceThreads() {
            if (!refused.contains(Optional.FENCES)) {
                super.fenceThreads();
            }
        }

        @Override
        public long residentBytes(long address, long size) {
            ask(Optional.RESIDENCY, "mincore");
            return super.residentBytes(address, size);
        }
    }

    private static Stream<Arguments> refusals() {
        final var each = Stream.of(Optional.values()).map(EnumSet::of);
        return Stream.concat(each, Stream.of(EnumSet.allOf(Optional.class), EnumSet.noneOf(Optional.class)))
                .flatMap(what -> REFUSALS.stream().map(errno -> Arguments.of(what, errno)));
    }

    private static OffHeapAllocator allocator(SystemMemory os, Duration decay, boolean lazy) {
        final var options = OffHeapAllocator.builder().hardLimit(64 * MIB).shards(2).decay(decay).lazyFree(lazy)
                .coreDumps(false).pressure().options();
        return new OffHeapAllocator(options, os, Ticker.SYSTEM, false);
    }

    private static boolean isZero(MemorySegment block) {
        return block.mismatch(MemorySegment.ofArray(new byte[(int) block.byteSize()])) == -1;
    }

    /// Allocates zeroed blocks of many sizes, writes all of each and frees it.
    private static void use(OffHeapAllocator allocator) {
        for (long size = 1; size <= 4 * MIB; size = size * 3 + 1) {
            final var block = allocator.allocate(size, 1);
            assertTrue(isZero(block), "block of " + size);
            block.fill((byte) 1);
            allocator.free(block);
        }
        try (var arena = allocator.ofConfined()) {
            assertTrue(isZero(arena.allocate(MIB, 4096)));
        }
        assertEquals(0, allocator.allocateDirect(5000).get(4999));
        allocator.checkInvariants();
    }

    /// Ends an allocator, which says so if it could not give its memory back, and has ended all the same.
    private static void end(OffHeapAllocator allocator, boolean refused) {
        if (refused) {
            assertThrows(OsException.class, allocator::close);
        }
        allocator.close();
        assertThrows(IllegalStateException.class, () -> allocator.allocate(1, 1));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void volatileRunsAreUsedAgainAndPurgedAsFarAsTheKernelAllows(Set<Optional> refused, Errno errno) {
        final boolean keeps = refused.contains(Optional.DONTNEED);
        final var allocator = allocator(new RefusingMemory(refused, errno), Duration.ofNanos(-1), false);
        use(allocator);
        final var before = allocator.stats();
        assertTrue(before.volatileBytes() > 4 * MIB, before::page);
        long given = 0;
        if (keeps) {
            assertEquals(errno.number(), assertThrows(OsException.class, allocator::purge).errno());
        } else {
            given = allocator.purge();
            assertTrue(given >= before.volatileBytes(), before::page);
        }
        final var after = allocator.stats();
        assertEquals(keeps, after.volatileBytes() > 4 * MIB, after::page);
        assertEquals(given, after.bytesPurged(), after::page);
        assertEquals(keeps, after.purgeFailures() > 0, after::page);
        if (refused.contains(Optional.RESIDENCY)) {
            assertEquals(0, after.residentBytes());
        }
        use(allocator);                                 // what was tried in vain is not taken for zero
        end(allocator, keeps);
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void contentsAreToldFromLossesAsFarAsTheKernelAllows(Set<Optional> refused, Errno errno) {
        final var allocator = allocator(new RefusingMemory(refused, errno), Duration.ofNanos(-1), false);
        final var block = allocator.allocateVolatile(MIB);
        try (var pin = block.pin()) {
            pin.segment().fill((byte) 7);
        }
        try (var pin = block.pin()) {
            assertEquals(Contents.INTACT, pin.contents());
            assertEquals(7, pin.segment().get(ValueLayout.JAVA_BYTE, MIB - 1));
        }
        if (refused.contains(Optional.DONTNEED)) {
            assertThrows(OsException.class, allocator::purge);
        } else {
            assertEquals(MIB, allocator.purge());
        }
        try (var pin = block.pin()) {                   // after an attempt that may have taken a part, nothing is promised
            assertEquals(Contents.PURGED, pin.contents());
            pin.segment().fill((byte) 8);
            pin.rebuilt();
        }
        try (var pin = block.pin()) {
            assertEquals(Contents.INTACT, pin.contents());
        }
        block.close();
        allocator.checkInvariants();
        end(allocator, refused.contains(Optional.DONTNEED));
    }

    @ParameterizedTest
    @FieldSource("REFUSALS")
    void memoryThatIsToGoAtOnceOrLazilyStaysVolatileInstead(Errno errno) {
        final var refusing = new RefusingMemory(EnumSet.of(Optional.DONTNEED, Optional.FREE), errno);
        for (final boolean lazy : new boolean[] {false, true}) {
            final var allocator = allocator(refusing, lazy ? Duration.ofNanos(-1) : Duration.ZERO, lazy);
            use(allocator);
            use(allocator);
            final var stats = allocator.stats();
            assertEquals(0, stats.bytesPurged(), stats::page);
            assertTrue(stats.volatileBytes() > 0, stats::page);
            end(allocator, true);
        }
    }

    @Test
    void hardLimitHoldsWhereNothingCanBePurged() {
        final var refusing = new RefusingMemory(EnumSet.allOf(Optional.class), Errno.EPERM);
        final var allocator = allocator(refusing, Duration.ofNanos(-1), false);
        for (int round = 0; round < 3; round++) {
            final var blocks = Stream.generate(() -> allocator.allocate(10 * MIB, 1)).limit(6).toList();
            assertThrows(OutOfMemoryError.class, () -> allocator.allocate(10 * MIB, 1));
            assertTrue(allocator.stats().committedBytes() <= 64 * MIB);
            blocks.forEach(allocator::free);
        }
        allocator.checkInvariants();
        end(allocator, true);
    }

    /// The real thing: a process to which the kernel refuses these calls.
    @ParameterizedTest
    @EnumSource(value = Errno.class, names = {"ENOSYS", "EPERM"})
    void processWhoseFilterForbidsAllOptionalCallsAllocates(Errno errno, @TempDir Path directory) throws Exception {
        final var lines = new ChildJvm(directory).runOnClassPath(FilteredProgram.class, List.of(
                "--enable-native-access=ALL-UNNAMED"), Integer.toString(errno.number()));
        assumeTrue(lines.contains("filtered"), () -> "no seccomp filter can be set here: " + lines.getFirst());
        assertTrue(lines.containsAll(List.of("created: well", "blocks: zero, purged false, counted true, volatile true",
                "volatile: PURGED", "buffers: 7text", "domain: AddressSpace")), lines::toString);
    }
}
