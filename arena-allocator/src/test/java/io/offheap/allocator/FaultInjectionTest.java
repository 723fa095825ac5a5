package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.source.RegionSource;
import io.offheap.memory.types.MemoryPressure;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.AlignedMath;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FailingMemory;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.FakeTicker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A program through every public call, with each call of the operating system failing once with each error.
class FaultInjectionTest {

    private static final long MIB = 1L << 20;
    private static final long PAGE = FakeMemory.PAGE_SIZE;
    private static final List<Errno> ERRORS = List.of(Errno.ENOMEM, Errno.EAGAIN, Errno.EINVAL, Errno.EPERM, Errno.ENOSYS);

    /// What is made of freed runs, and whether batches work.
    private enum Mode {
        VOLATILE(true), SINGLE(false), PURGED(true), LAZY(true);

        private final boolean batches;

        Mode(boolean batches) {
            this.batches = batches;
        }

        AllocatorOptions options() {
            final var builder = OffHeapAllocator.builder().hardLimit(4 * MIB).shards(2).pressure();
            return switch (this) {
                case VOLATILE, SINGLE -> builder.decay(Duration.ofNanos(-1)).options();
                case PURGED -> builder.decay(Duration.ZERO).options();
                case LAZY -> builder.lazyFree(true).options();
            };
        }
    }

    /// Notes what may stay after the end: what lies before the boundaries of regions, their page maps and shadows, and what could
    /// not be released.
    private static final class Recorder extends DelegatingMemory {
        private static final long LARGEST_PAGE_MAP = 64 << 10;

        private final Map<Long, Long> regions = new HashMap<>();        // sizes by address
        private final Map<Long, Long> shadows = new HashMap<>();        // of regions of base pages
        private long refusedBytes;

        Recorder(SystemMemory os) {
            super(os);
        }

        @Override
        public long reserve(long size) {
            final long address = super.reserve(size);
            if (size % RegionSource.REGION_ALIGNMENT == 0) {       // page maps and shadows are not, at the sizes here
                regions.put(address, size);
            } else if (size > LARGEST_PAGE_MAP) {
                shadows.put(address, size);
            }
            return address;
        }

        @Override
        public void release(long address, long size) {
            regions.remove(address);
            shadows.remove(address);
            try {
                super.release(address, size);
            } catch (OsException e) {
                refusedBytes += size;
                throw e;
            }
        }

        long beforeBoundaries() {
            return regions.keySet().stream()
                    .mapToLong(at -> AlignedMath.alignUp(at, RegionSource.REGION_ALIGNMENT) - at).sum();
        }

        long shadows() {
            return shadows.values().stream().mapToLong(size -> size).sum();
        }

        long pageMaps() {
            return regions.values().stream()
                    .mapToLong(size -> AlignedMath.alignUp(size / PAGE * Long.BYTES, PAGE)).sum();
        }
    }

    /// Where a refusal may come out as what it is; everywhere else it is OutOfMemoryError or nothing.
    private enum Call { CREATE, ALLOCATE, FREE, REALLOCATE, ARENA, DIRECT, PURGE, MAINTAIN, STATS, CLOSE }

    private static final Set<Call> MAY_SAY_SO = EnumSet.of(Call.CREATE, Call.PURGE, Call.MAINTAIN, Call.CLOSE);
    private static final Set<Call> MAY_BE_SHORT =
            EnumSet.of(Call.CREATE, Call.ALLOCATE, Call.REALLOCATE, Call.ARENA, Call.DIRECT);

    @FunctionalInterface
    private interface Action {
        void run();
    }

    /// One run of the program.
    private static final class Run {
        private final Errno errno;
        private final FailingMemory failing;
        private final Recorder os;
        private final List<MemorySegment> live = new ArrayList<>();
        private OffHeapAllocator allocator;

        Run(FakeMemory fake, long nth, Errno errno, boolean batches) {
            this.errno = errno;
            this.failing = new FailingMemory(fake, nth, errno, batches);
            this.os = new Recorder(failing);
        }

        /// {@return what had to stay reserved}
        long perform(Mode mode) {
            step(Call.CREATE, () -> allocator = new OffHeapAllocator(mode.options(), os, new FakeTicker(), false));
            if (allocator == null) {
                return os.beforeBoundaries() + os.refusedBytes;
            }
            program();
            freeAll();
            worksAfterTheFailure();
            allocator.checkInvariants();
            final var stats = allocator.stats();
            step(Call.CLOSE, allocator::close);
            allocator.close();
            return os.beforeBoundaries() + os.refusedBytes + stats.mappedBytes() + os.pageMaps() + os.shadows();
        }

        private void program() {
            for (int round = 0; round < 2; round++) {
                for (final long size : new long[] {0, 1, 100, 4000, 14_336, 14_337, 200_000}) {
                    allocate(size, 1);
                }
                allocate(100, 4096);
                allocate(100, 64 << 10);
                reallocateEach();
                free(live.size() / 2);
                step(Call.PURGE, allocator::purge);
                allocate(150_000, 1);
                arena();
                step(Call.DIRECT, () -> assertEquals(0, allocator.allocateDirect(1000).get(999)));
                step(Call.MAINTAIN, () -> allocator.maintenance().maintain(MemoryPressure.CRITICAL, 0));
            }
            for (int i = 0; i < 3; i++) {
                allocate(1, 8 * MIB);                   // needs a further region
            }
            for (int i = 0; i < 5; i++) {
                allocate(MIB, 1);                       // meets the hard limit
            }
        }

        private void allocate(long size, long alignment) {
            step(Call.ALLOCATE, () -> {
                final var block = allocator.allocate(size, alignment);
                live.add(block);
                for (long at = 0; at < size; at += 512) {
                    assertEquals(0, block.get(ValueLayout.JAVA_BYTE, at));
                }
                block.fill((byte) live.size());
            });
        }

        private void reallocateEach() {
            for (int i = 0; i < live.size(); i += 2) {
                final int which = i;
                final var old = live.get(i);
                final byte first = old.byteSize() > 0 ? old.get(ValueLayout.JAVA_BYTE, 0) : 0;
                step(Call.REALLOCATE, () -> live.set(which, allocator.reallocate(old, old.byteSize() * 3 / 2 + 1)));
                if (old.byteSize() > 0) {
                    assertEquals(first, live.get(i).get(ValueLayout.JAVA_BYTE, 0));
                }
                step(Call.REALLOCATE, () -> live.set(which, allocator.reallocate(live.get(which), 10)));
            }
        }

        private void free(int count) {
            for (int i = 0; i < count; i++) {
                final var block = live.removeFirst();
                step(Call.FREE, () -> allocator.free(block));
            }
        }

        private void freeAll() {
            free(live.size());
        }

        private void arena() {
            final var arena = allocator.ofConfined();
            for (final long size : new long[] {10, 1000, 20_000}) {
                step(Call.ARENA, () -> assertEquals(0, arena.allocate(size, 64).get(ValueLayout.JAVA_BYTE, size - 1)));
            }
            step(Call.FREE, arena::close);
        }

        private void worksAfterTheFailure() {
            if (failing.failed() != null) {
                for (final long size : new long[] {1, 5000, 300_000, 2 * MIB}) {
                    final long address = allocator.allocateAddress(size);
                    RawMemory.putByte(address + size - 1, (byte) 1);
                    allocator.freeAddress(address);
                }
                allocator.purge();
                assertEquals(0, allocator.stats().volatileBytes());
            }
        }

        /// Does a step, accepts the failure it may meet, and checks the whole heap after that.
        private void step(Call call, Action action) {
            final boolean failedBefore = failing.failed() != null;
            try {
                action.run();
            } catch (OsException e) {
                assertEquals(errno.number(), e.errno(), () -> call + ": " + e);
                assertTrue(MAY_SAY_SO.contains(call), () -> call + " threw " + e);
                assertTrue(!(call == Call.CREATE && errno == Errno.ENOMEM), () -> call + " threw " + e);
            } catch (OutOfMemoryError e) {
                assertTrue(MAY_BE_SHORT.contains(call), () -> call + " threw " + e);
            }
            if (!failedBefore && failing.failed() != null && allocator != null && call != Call.CLOSE) {
                allocator.checkInvariants();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void noFailureLeaksHalvesOrEndsTheAllocator(Mode mode) {
        final long calls = once(mode, 0, Errno.ENOMEM);
        assertTrue(calls >= 20, "calls " + calls);
        for (final var errno : ERRORS) {
            for (long nth = 1; nth <= calls; nth++) {
                try {
                    once(mode, nth, errno);
                } catch (RuntimeException | AssertionError | OutOfMemoryError e) {
                    throw new AssertionError(mode + ", call #" + nth + " of " + calls + " failing with " + errno + ": " + e, e);
                }
            }
        }
    }

    /// {@return how many calls were made}
    private static long once(Mode mode, long nth, Errno errno) {
        try (var fake = new FakeMemory(48 * MIB)) {
            final var run = new Run(fake, nth, errno, mode.batches);
            final long kept = run.perform(mode);
            assertEquals(kept, fake.reservedBytes(), () -> "kept after " + run.failing.failed());
            if (nth == 0) {
                assertNull(run.failing.failed());
            }
            assertEquals(0, fake.openFiles());
            assertTrue(kept % PAGE == 0);
            return run.failing.calls();
        }
    }

    @Test
    void freeAfterAnEndThatWasRefusedIsRefusedToo() {
        try (var fake = new FakeMemory(48 * MIB)) {
            final var os = new DelegatingMemory(fake) {
                private boolean refusing;

                @Override
                public void advise(long address, long size, Advice advice) {
                    if (refusing && advice == Advice.DONTNEED) {
                        throw Errno.EINVAL.of("madvise", "refused by the test");
                    }
                    super.advise(address, size, advice);
                }
            };
            final var allocator = new OffHeapAllocator(Mode.VOLATILE.options(), os, new FakeTicker(), false);
            final long small = allocator.allocateAddress(100);
            final long large = allocator.allocateAddress(100_000);
            os.refusing = true;
            assertThrows(OsException.class, allocator::close);
            assertThrows(IllegalStateException.class, () -> allocator.freeAddress(small));
            assertThrows(IllegalStateException.class, () -> allocator.freeAddress(large));
        }
    }

    /// What the constructor calls that asks for the page size fails once, as if a class were missing.
    private static final class Unlinked extends DelegatingMemory {
        private final long nth;
        private long calls;
        private long region;            // 0 until one is reserved

        Unlinked(SystemMemory os, long nth) {
            super(os);
            this.nth = nth;
        }

        @Override
        public long reserve(long size) {
            final long address = super.reserve(size);
            region = region == 0 ? address : region;
            return address;
        }

        @Override
        public long pageSize() {
            if (region != 0 && ++calls == nth) {
                throw new NoClassDefFoundError("by the test");
            }
            return super.pageSize();
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void errorInTheConstructorLeavesNoRegionReserved(Mode mode) {
        long failures = 0;
        for (boolean failed = true; failed; failures += failed ? 1 : 0) {
            try (var fake = new FakeMemory()) {
                final var os = new Unlinked(fake, failures + 1);
                failed = isUnlinked(mode, os);
                assertFalse(fake.isReserved(os.region, PAGE), "failure " + failures);
            }
        }
        assertTrue(failures > 5, "failures " + failures);
    }

    private static boolean isUnlinked(Mode mode, Unlinked os) {
        try {
            new OffHeapAllocator(mode.options(), os, new FakeTicker(), false).close();
            return false;
        } catch (NoClassDefFoundError e) {
            assertEquals("by the test", e.getMessage());
            return true;
        }
    }
}
