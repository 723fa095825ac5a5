package io.offheap.memory.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.Errno;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.os.SystemMemory;
import io.offheap.memory.types.OsException;
import io.offheap.memory.util.AlignedMath;
import io.offheap.testkit.DelegatingMemory;
import io.offheap.testkit.FailingMemory;
import io.offheap.testkit.FakeMemory;
import io.offheap.testkit.FakeMemory.Advised;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegionSourceTest {

    private static final long PAGE = FakeMemory.PAGE_SIZE;
    private static final long MIB = 1L << 20;
    private static final long SMALLEST = RegionSource.SMALLEST_REGION;

    /// Bytes of the page map of a smallest region, which stays after the end.
    private static final long SMALLEST_PAGE_MAP =
            PageMap.sizeBytes((SMALLEST + RegionSource.REGION_ALIGNMENT) / FakeMemory.PAGE_SIZE, FakeMemory.PAGE_SIZE);

    private final FakeMemory os = new FakeMemory();

    @AfterEach
    void close() {
        os.close();
    }

    private record Range(long start, long size) {
        long end() {
            return start + size;
        }
    }

    private static List<Range> carved(RegionSource source) {
        final var ranges = new ArrayList<Range>();
        source.forEachCarved((start, size) -> ranges.add(new Range(start, size)));
        return ranges;
    }

    private static void touch(long address, long size) {
        for (long at = address; at < address + size; at += PAGE) {
            RawMemory.putLong(at, at);
        }
    }

    @Test
    void anyForeignAddressIsAnsweredByNothing() {
        final var source = new RegionSource(os, 0);
        final long address = source.carve(4 * PAGE, PAGE, PageKind.BASE);
        for (long at = address; at < address + 4 * PAGE; at += PAGE) {
            source.setEntry(at, -1);
        }
        assertEquals(-1, source.entryOf(address));
        assertEquals(-1, source.entryOf(address + 4 * PAGE - 1));
        assertEquals(0, source.entryOf(address - 1));
        assertEquals(0, source.entryOf(address + 4 * PAGE));
        for (final long foreign : new long[] {0, 1, -1, PAGE, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 47, ~address}) {
            assertEquals(0, source.entryOf(foreign), () -> Long.toHexString(foreign));
        }
    }

    @Test
    void randomForeignAddressIsAnsweredByNothing() {
        final long seed = 7;
        final var random = new SplittableRandom(seed);
        final var source = new RegionSource(os, 0);
        final long address = source.carve(PAGE, PAGE, PageKind.BASE);
        source.setEntry(address, -1);
        for (int i = 0; i < 100_000; i++) {
            final long asked = random.nextLong() >>> random.nextInt(64);
            final long expected = address <= asked && asked < address + PAGE ? -1 : 0;
            assertEquals(expected, source.entryOf(asked), () -> "seed " + seed + ": " + Long.toHexString(asked));
        }
    }

    @Test
    void carvedPagesAreNothingUntilSetAndKeepTheirWords() {
        final var source = new RegionSource(os, 0);
        final long one = source.carve(2 * PAGE, PAGE, PageKind.BASE);
        final long other = source.carve(PAGE, PAGE, PageKind.BASE);
        assertEquals(0, source.entryOf(one));
        source.setEntry(one + PAGE, 5);
        source.setEntry(other, 6);
        assertEquals(0, source.entryOf(one));
        assertEquals(5, source.entryOf(one + PAGE + 17));
        assertEquals(6, source.entryOf(other));
    }

    @Test
    void carvesAreAlignedZeroAndDisjoint() {
        final long seed = 11;
        final var random = new SplittableRandom(seed);
        final var source = new RegionSource(os, 64 * MIB);
        final var ranges = new ArrayList<Range>();
        for (int i = 0; i < 200; i++) {
            final long size = PAGE * random.nextLong(1, 40);
            final long alignment = PAGE << random.nextInt(6);
            final long address = source.carve(size, alignment, PageKind.BASE);
            final var context = "seed " + seed + ", carve " + i + " of " + size + " aligned to " + alignment;
            assertTrue(AlignedMath.isAligned(address, alignment), context);
            for (final var range : ranges) {
                assertTrue(address + size <= range.start || range.end() <= address, () -> context + " in " + range);
            }
            for (long at = address; at < address + size; at += PAGE) {
                assertEquals(0, RawMemory.getLong(at), context);
            }
            ranges.add(new Range(address, size));
            touch(address, size);
        }
        final long end = ranges.stream().mapToLong(Range::end).max().orElseThrow();
        assertEquals(end - carved(source).getFirst().start, source.carvedBytes());
    }

    @Test
    void regionsBeginOnTheirBoundary() {
        final var source = new RegionSource(os, 0);
        final long address = source.carve(PAGE, RegionSource.REGION_ALIGNMENT, PageKind.BASE);
        assertTrue(AlignedMath.isAligned(carved(source).getFirst().start, RegionSource.REGION_ALIGNMENT));
        assertEquals(carved(source).getFirst().start, address);
    }

    @Test
    void firstRegionIsHalvedUntilItFitsAndLeavesAsMuch() {
        try (var scarce = new FakeMemory(80 * MIB)) {
            final var source = new RegionSource(scarce, 256 * MIB);
            assertTrue(scarce.reservedBytes() > 32 * MIB, "reserved " + scarce.reservedBytes());
            assertTrue(scarce.reservedBytes() <= 40 * MIB, "reserved " + scarce.reservedBytes());
            final long address = source.carve(32 * MIB, PAGE, PageKind.BASE);
            assertEquals(0, RawMemory.getLong(address + 32 * MIB - 8));
        }
    }

    @Test
    void theLeastIsTakenEvenIfNothingIsLeft() {
        try (var scarce = new FakeMemory(20 * MIB)) {
            final var source = new RegionSource(scarce, 256 * MIB);
            assertTrue(scarce.reservedBytes() > SMALLEST, "reserved " + scarce.reservedBytes());
            assertTrue(source.carve(SMALLEST, PAGE, PageKind.BASE) != 0);
        }
    }

    @Test
    void outOfMemoryWhenNotEvenASmallRegionFits() {
        try (var scarce = new FakeMemory(SMALLEST)) {
            final var error = assertThrows(OutOfMemoryError.class, () -> new RegionSource(scarce, 256 * MIB));
            assertTrue(error.getMessage().contains(Long.toString(SMALLEST)), error.getMessage());
            assertInstanceOf(OsException.class, error.getCause());
            scarce.checkAllReleased();
        }
    }

    @Test
    void anotherRefusalThanShortageIsNotTriedAgain() {
        final var refusing = new DelegatingMemory(os) {
            @Override
            public long reserve(long size) {
                throw Errno.EPERM.of("mmap", size + " bytes");
            }
        };
        final var refusal = assertThrows(OsException.class, () -> new RegionSource(refusing, 64 * MIB));
        assertEquals(Errno.EPERM.number(), refusal.errno());
        assertEquals((64 + 2) * MIB + " bytes", refusal.arguments());
    }

    @Test
    void fullRegionIsFollowedByAFurtherOne() {
        final var source = new RegionSource(os, 0);
        final long one = source.carve(SMALLEST, PAGE, PageKind.BASE);
        source.setEntry(one, 1);
        final long other = source.carve(PAGE, PAGE, PageKind.BASE);
        source.setEntry(other, 2);
        assertEquals(2, carved(source).size());
        assertEquals(SMALLEST + PAGE, source.carvedBytes());
        assertEquals(1, source.entryOf(one));
        assertEquals(2, source.entryOf(other));
        assertEquals(0, source.entryOf(other + PAGE));
        touch(other, PAGE);
        assertEquals(PAGE, source.residentBytes());
    }

    @ParameterizedTest
    @ValueSource(longs = {FakeMemory.PAGE_SIZE, 2L << 20, 8L << 20})
    void furtherRegionHoldsWhatIsLargerThanTheFirst(long alignment) {
        final var source = new RegionSource(os, 0);
        final long address = source.carve(3 * SMALLEST, alignment, PageKind.BASE);
        assertTrue(AlignedMath.isAligned(address, alignment));
        source.setEntry(address + 3 * SMALLEST - 1, 9);
        assertEquals(9, source.entryOf(address + 3 * SMALLEST - PAGE));
    }

    @Test
    void outOfMemoryWhenNoFurtherRegionFitsAndTheSourceGoesOn() {
        try (var scarce = new FakeMemory(40 * MIB)) {
            final var source = new RegionSource(scarce, 0);
            final long before = scarce.reservedBytes();
            final var error = assertThrows(OutOfMemoryError.class, () -> source.carve(64 * MIB, PAGE, PageKind.BASE));
            assertTrue(error.getMessage().contains(Long.toString(64 * MIB + PAGE)), error.getMessage());
            assertEquals(before, scarce.reservedBytes());
            assertEquals(0, source.carvedBytes());
            assertTrue(scarce.isReserved(source.carve(PAGE, PAGE, PageKind.BASE), PAGE));
        }
    }

    @Test
    void shadowIsThereForBasePagesOfEveryRegionIfItIsWanted() {
        final var source = new RegionSource(os, 0, true, true);
        final long one = source.carve(SMALLEST, PAGE, PageKind.BASE);
        final long other = source.carve(3 * PAGE, PAGE, PageKind.BASE);
        final long huge = source.carve(RegionSource.REGION_ALIGNMENT, RegionSource.REGION_ALIGNMENT, PageKind.HUGE);
        final var first = source.first();
        assertEquals(first.shadow() + (one + 64 - first.base() + 2 * first.size() >> 4), source.shadowOf(one + 64, 4));
        assertEquals(PAGE, source.unnotedShadow(other, PAGE, 4));
        assertEquals(PAGE, source.noteShadow(other, PAGE, 4));
        assertEquals(0, source.noteShadow(other, PAGE, 4));
        assertEquals(PAGE, source.shadowBytes());
        RawMemory.putByte(source.shadowOf(other, 4), (byte) 1);
        assertEquals(0, source.shadowOf(huge, 4));
        assertEquals(0, source.shadowOf(16, 4));
        source.close();
        assertEquals(0, RawMemory.getByte(source.shadowOf(other, 4)));
    }

    @Test
    void regionSourceHasNoShadowUnlessItIsWanted() {
        final var source = new RegionSource(os, 0);
        final long address = source.carve(PAGE, PAGE, PageKind.BASE);
        assertEquals(0, source.first().shadow());
        assertEquals(0, source.shadowOf(address, 4));
        assertEquals(0, source.shadowBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void nothingStaysReservedWhenAPartOfARegionCannotBe(int granted) {
        final var calls = new int[1];
        final var scarce = new DelegatingMemory(os) {
            @Override
            public long reserve(long size) {
                if (calls[0]++ >= granted) {
                    throw Errno.EINVAL.of("mmap", "refused by the test");
                }
                return super.reserve(size);
            }
        };
        if (granted < 3) {
            assertThrows(OsException.class, () -> new RegionSource(scarce, 0, true, true));
            assertEquals(0, os.reservedBytes());
        } else {
            assertEquals(3, calls[0] + (new RegionSource(scarce, 0, true, true).isShadowed() ? 3 : 0));
        }
    }

    @Test
    void sizeAndAlignmentThatOverflowAreOutOfMemory() {
        final var source = new RegionSource(os, 0);
        final long size = Long.MAX_VALUE & -PAGE;
        final var error = assertThrows(OutOfMemoryError.class, () -> source.carve(size, 2 * MIB, PageKind.BASE));
        assertTrue(error.getMessage().contains(Long.toString(size)), error.getMessage());
        assertEquals(0, source.carvedBytes());
    }

    @Test
    void wildernessIsNeverTouched() {
        final var source = new RegionSource(os, 0);
        final long address = source.carve(PAGE, PAGE, PageKind.BASE);
        assertEquals(0, source.residentBytes());
        touch(address, PAGE);
        assertEquals(PAGE, source.residentBytes());
    }

    @Test
    void closeKeepsWhatWasCarvedReadingZeroAndReleasesTheRest() {
        final var source = new RegionSource(os, 0);
        final long one = source.carve(SMALLEST, PAGE, PageKind.BASE);
        final long other = source.carve(3 * PAGE, PAGE, PageKind.BASE);
        touch(one, SMALLEST);
        touch(other, 3 * PAGE);
        source.setEntry(one, 1);
        source.setEntry(other + 2 * PAGE, 2);
        source.close();
        assertEquals(0, source.entryOf(one));
        assertEquals(0, source.entryOf(other + 2 * PAGE));
        for (long neverCarved = other + 3 * PAGE; neverCarved < other + SMALLEST - PAGE; neverCarved += PAGE) {
            assertEquals(0, source.entryOf(neverCarved));
        }
        assertEquals(0, source.residentBytes());
        for (long at = one; at < one + SMALLEST; at += PAGE) {
            assertEquals(0, RawMemory.getLong(at));
        }
        assertEquals(0, RawMemory.getLong(other + 2 * PAGE));
        final long skipped = os.reservedBytes() - SMALLEST - 3 * PAGE - 2 * SMALLEST_PAGE_MAP;
        assertTrue(0 <= skipped && skipped < 2 * RegionSource.REGION_ALIGNMENT, "reserved before the boundaries: " + skipped);
        assertFalse(os.isReserved(other + 3 * PAGE, PAGE));
    }

    @Test
    void closeOfAnUnusedSourceKeepsThePageMapAlone() {
        final var source = new RegionSource(os, 0);
        source.close();
        assertEquals(SMALLEST_PAGE_MAP, os.reservedBytes());
    }

    @Test
    void closeIsIdempotent() {
        final var source = new RegionSource(os, 0);
        source.carve(PAGE, PAGE, PageKind.BASE);
        source.close();
        final long calls = os.calls();
        source.close();
        assertEquals(calls, os.calls());
    }

    @Test
    void carveAfterCloseThrowsAndCarvesNothing() {
        final var source = new RegionSource(os, 0);
        source.close();
        final var refused = assertThrows(IllegalStateException.class, () -> source.carve(PAGE, PAGE, PageKind.BASE));
        assertTrue(refused.getMessage().contains("closed"), refused.getMessage());
        assertEquals(0, source.carvedBytes());
    }

    @Test
    void hugePagesAreForbiddenAndTheAdviceIsOnlyAHint() {
        final var source = new RegionSource(os, 0);
        final long base = source.carve(PAGE, PAGE, PageKind.BASE);
        assertTrue(os.adviceLog().stream().anyMatch(advised ->
                advised.advice() == SystemMemory.Advice.NOHUGEPAGE && covers(advised, base)), () -> os.adviceLog().toString());
        final var unknowing = new DelegatingMemory(os) {
            @Override
            public void advise(long address, long size, Advice advice) {
                if (advice == Advice.NOHUGEPAGE) {
                    throw Errno.EINVAL.of("madvise", "NOHUGEPAGE");
                }
                super.advise(address, size, advice);
            }
        };
        assertTrue(new RegionSource(unknowing, 0).carve(PAGE, PAGE, PageKind.BASE) > 0);
    }

    private static boolean covers(Advised advised, long address) {
        return advised.address() <= address && address < advised.address() + advised.size();
    }

    /// Whatever fails: all that may stay is what was carved, the page maps, and what lies before the
    /// boundaries; or what the failing call itself should have released.
    @Test
    void noFailureLeaksOrLeavesHalfARegion() {
        for (final var errno : List.of(Errno.ENOMEM, Errno.EAGAIN, Errno.EINVAL, Errno.EPERM, Errno.ENOSYS)) {
            long calls = 0;                             // of the first run, in which none fails
            for (long nth = 0; nth <= calls; nth++) {
                try (var fake = new FakeMemory()) {
                    final var recorded = new Released(new FailingMemory(fake, nth, errno));
                    runProgram(recorded, errno);
                    calls = nth == 0 ? fake.calls() : calls;
                    final long keptByContract = recorded.keptByContract;
                    final long kept = fake.reservedBytes() - recorded.refusedBytes;
                    assertTrue(kept <= keptByContract, "call #" + nth + " " + errno + ": kept " + kept + " of " + keptByContract);
                }
            }
            assertTrue(calls > 10, "calls " + calls);
        }
    }

    /// Notes what could not be released, because that call failed.
    private static final class Released extends DelegatingMemory {
        long refusedBytes;
        long keptByContract;

        Released(SystemMemory os) {
            super(os);
        }

        @Override
        public void release(long address, long size) {
            try {
                super.release(address, size);
            } catch (OsException e) {
                refusedBytes += size;
                throw e;
            }
        }
    }

    private static void runProgram(Released os, Errno errno) {
        final RegionSource source;
        try {
            source = new RegionSource(os, 0);
        } catch (OutOfMemoryError | OsException e) {
            assertExpected(e, errno);
            return;
        }
        for (final long size : new long[] {SMALLEST, 3 * PAGE, SMALLEST}) {
            try {
                final long address = source.carve(size, PAGE, PageKind.BASE);
                touch(address, size);
                source.setEntry(address, 1);
            } catch (OutOfMemoryError | OsException e) {
                assertExpected(e, errno);
            }
        }
        try {
            source.close();
        } catch (OsException e) {
            assertEquals(errno.number(), e.errno());
        }
        final int regions = carved(source).size();
        os.keptByContract = source.carvedBytes() + regions * (SMALLEST_PAGE_MAP + RegionSource.REGION_ALIGNMENT);
        source.close();
    }

    private static void assertExpected(Throwable e, Errno errno) {
        final var failure = e instanceof OutOfMemoryError ? e.getCause() : e;
        assertEquals(errno.number(), assertInstanceOf(OsException.class, failure).errno());
        if (e instanceof OsException) {
            assertFalse(errno == Errno.ENOMEM && ((OsException) e).call().equals("mmap"), e::toString);
        }
    }
}
