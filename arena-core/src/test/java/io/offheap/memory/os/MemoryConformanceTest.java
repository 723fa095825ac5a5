package io.offheap.memory.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.os.SystemMemory.Advice;
import io.offheap.memory.types.OsException;
import io.offheap.testkit.FakeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// The contract of [SystemMemory], asked of the kernel and of the fake that stands in for it.
@ParameterizedClass
@EnumSource
class MemoryConformanceTest {

    enum Implementation {
        LINUX {
            @Override
            SystemMemory create() {
                return Platform.memory();
            }
        },
        FAKE {
            @Override
            SystemMemory create() {
                return new FakeMemory();
            }
        };

        abstract SystemMemory create();
    }

    /// Never mapped: below `vm.mmap_min_addr`.
    private static final long NOWHERE_PAGES = 1;

    private final SystemMemory os;
    private final long page;

    MemoryConformanceTest(Implementation implementation) {
        this.os = implementation.create();
        this.page = os.pageSize();
    }

    @AfterEach
    void everythingIsReleased() {
        if (os instanceof FakeMemory fake) {
            fake.checkAllReleased();
            fake.close();
        }
    }

    @Test
    void pageSizeIsAPowerOfTwoFrom4096() {
        assertTrue(page >= 4096);
        assertEquals(1, Long.bitCount(page));
    }

    @Test
    void reservedMemoryIsAlignedReadsZeroAndIsWritable() {
        final long start = os.reserve(16 * page);
        assertEquals(0, start % page);
        for (long at = start; at < start + 16 * page; at += page) {
            assertEquals(0, RawMemory.getLong(at));
            RawMemory.putLong(at, at);
        }
        for (long at = start; at < start + 16 * page; at += page) {
            assertEquals(at, RawMemory.getLong(at));
        }
        os.release(start, 16 * page);
    }

    @Test
    void releasedAddressSpaceTakesNoAdvice() {
        final long start = os.reserve(4 * page);
        os.release(start, page);
        os.release(start + page, 3 * page);
        assertFailure(Errno.ENOMEM, "madvise", () -> os.advise(NOWHERE_PAGES * page, page, Advice.DONTNEED));
    }

    @Test
    void partsOfAReservationAreReleasedOneByOne() {
        final long start = os.reserve(4 * page);
        RawMemory.putByte(start + 2 * page, (byte) 7);
        os.release(start, page);
        os.release(start + 3 * page, page);
        assertEquals(7, RawMemory.getByte(start + 2 * page));
        os.release(start + page, 2 * page);
    }

    @Test
    void hugeReservationIsOutOfMemory() {
        final var failure = assertFailure(Errno.ENOMEM, "mmap", () -> os.reserve(1L << 60));
        assertTrue(Errno.isOutOfMemory(failure));
        assertTrue(failure.arguments().contains(String.valueOf(1L << 60)), failure.getMessage());
    }

    @Test
    void emptyReservationIsInvalid() {
        assertFailure(Errno.EINVAL, "mmap", () -> os.reserve(0));
    }

    @Test
    void dontneedZeroesThePagesItNamesAndNoOther() {
        final long start = written(3);
        os.advise(start + page, page, Advice.DONTNEED);
        assertEquals(1, RawMemory.getByte(start));
        assertEquals(0, RawMemory.getByte(start + page));
        assertEquals(1, RawMemory.getByte(start + 2 * page));
        os.release(start, 3 * page);
    }

    @Test
    void hintsKeepTheContentsOfPagesInUse() {
        final long start = written(2);
        for (final var hint : new Advice[] {Advice.COLD, Advice.WILLNEED}) {
            os.advise(start, 2 * page, hint);
            assertEquals(1, RawMemory.getByte(start + page), hint.name());
        }
        os.advise(start, 2 * page, Advice.FREE);
        RawMemory.putByte(start, (byte) 9);
        assertEquals(9, RawMemory.getByte(start));
        os.release(start, 2 * page);
    }

    @Test
    void misalignedAdviceIsInvalidAndTheMessageSaysWhatWasAsked() {
        final long start = written(2);
        final var failure = assertFailure(Errno.EINVAL, "madvise",
                () -> os.advise(start + 1, page, Advice.DONTNEED));
        assertTrue(failure.getMessage().contains("0x%x, %d bytes".formatted(start + 1, page)), failure.getMessage());
        assertEquals(1, RawMemory.getByte(start));
        os.release(start, 2 * page);
    }

    @Test
    void removeIsInvalidForPrivateMemory() {
        final long start = written(1);
        assertFailure(Errno.EINVAL, "madvise", () -> os.advise(start, page, Advice.REMOVE));
        os.release(start, page);
    }

    @Test
    void batchPurgesEveryRange() {
        if (!os.advisesInBatches()) {
            final var failure = assertThrows(OsException.class,
                    () -> os.adviseAll(new long[] {page}, new long[] {page}, 1, Advice.DONTNEED));
            assertTrue(Errno.isUnsupported(failure), failure.getMessage());
            return;
        }
        final long start = written(8);
        final long[] addresses = {start, start + 3 * page, start + 6 * page, start + 7 * page};
        final long[] sizes = {page, 2 * page, page, page};
        assertEquals(4 * page, os.adviseAll(addresses, sizes, 3, Advice.DONTNEED));
        for (int i = 0; i < 8; i++) {
            final int expected = switch (i) {
                case 0, 3, 4, 6 -> 0;
                default -> 1;                               // the fourth range is beyond count
            };
            assertEquals(expected, RawMemory.getByte(start + i * page), "page " + i);
        }
        os.release(start, 8 * page);
    }

    @Test
    void batchOfTheMostRangesIsAdvisedWhole() {
        if (!os.advisesInBatches()) {
            return;                                         // batchPurgesEveryRange says how it fails
        }
        final int count = 1024;
        final long start = written(count);
        final long[] addresses = new long[count + 1];
        final long[] sizes = new long[count + 1];
        for (int i = 0; i <= count; i++) {
            addresses[i] = start + i * page;
            sizes[i] = page;
        }
        assertFailure(Errno.EINVAL, "process_madvise",
                () -> os.adviseAll(addresses, sizes, count + 1, Advice.DONTNEED));
        assertEquals(count * page, os.adviseAll(addresses, sizes, count, Advice.DONTNEED));
        assertEquals(0, os.residentBytes(start, count * page));
        os.release(start, count * page);
    }

    @Test
    void batchThatFailsInTheMiddleAdvisedAPrefix() {
        if (!os.advisesInBatches()) {
            return;                                         // batchPurgesEveryRange says how it fails
        }
        final long start = written(2);
        final long[] addresses = {start, NOWHERE_PAGES * page, start + page};
        final long[] sizes = {page, page, page};
        assertEquals(page, os.adviseAll(addresses, sizes, 3, Advice.DONTNEED));
        assertEquals(0, RawMemory.getByte(start));
        assertEquals(1, RawMemory.getByte(start + page));
        os.release(start, 2 * page);
    }

    @Test
    void batchWhoseFirstRangeFailsThrows() {
        if (!os.advisesInBatches()) {
            return;                                         // batchPurgesEveryRange says how it fails
        }
        final long start = written(1);
        assertFailure(Errno.ENOMEM, "process_madvise", () -> os.adviseAll(
                new long[] {NOWHERE_PAGES * page, start}, new long[] {page, page}, 2, Advice.DONTNEED));
        assertEquals(1, RawMemory.getByte(start));
        os.release(start, page);
    }

    @Test
    void residentBytesFollowTouchAndPurge() {
        final long start = os.reserve(64 * page);
        os.advise(start, 64 * page, Advice.NOHUGEPAGE);
        assertEquals(0, os.residentBytes(start, 64 * page));
        RawMemory.putByte(start, (byte) 1);
        RawMemory.putByte(start + 10 * page, (byte) 1);
        assertEquals(2 * page, os.residentBytes(start, 64 * page));
        assertEquals(page, os.residentBytes(start + 10 * page, page));
        os.advise(start, 64 * page, Advice.DONTNEED);
        assertEquals(0, os.residentBytes(start, 64 * page));
        os.release(start, 64 * page);
    }

    @Test
    void residentBytesOfMoreThanOneMincoreBuffer() {
        final long pages = (16 << 10) + 3;
        final long start = os.reserve(pages * page);
        os.advise(start, pages * page, Advice.NOHUGEPAGE);
        RawMemory.putByte(start, (byte) 1);
        RawMemory.putByte(start + (pages - 1) * page, (byte) 1);
        RawMemory.putByte(start + (pages - 3) * page, (byte) 1);
        assertEquals(3 * page, os.residentBytes(start, pages * page));
        os.release(start, pages * page);
    }

    @Test
    void commitMakesResidentAndKeepsContents() {
        final long start = os.reserve(8 * page);
        os.advise(start, 8 * page, Advice.NOHUGEPAGE);
        RawMemory.putByte(start + page, (byte) 5);
        os.commit(start, 4 * page);
        assertEquals(4 * page, os.residentBytes(start, 8 * page));
        assertEquals(5, RawMemory.getByte(start + page));
        os.advise(start, 8 * page, Advice.DONTNEED);
        assertEquals(0, os.residentBytes(start, 8 * page));
        os.release(start, 8 * page);
    }

    @Test
    void commitOfUnmappedPagesIsOutOfMemory() {
        assertFailure(Errno.ENOMEM, "madvise", () -> os.commit(NOWHERE_PAGES * page, page));
    }

    @Test
    void remapKeepsContentsAndTheNewPartReadsZero() {
        final long start = written(2);
        final long grown = os.remap(start, 2 * page, 64 * page);
        assertEquals(1, RawMemory.getByte(grown));
        assertEquals(1, RawMemory.getByte(grown + page));
        assertEquals(0, RawMemory.getByte(grown + 2 * page));
        final long shrunk = os.remap(grown, 64 * page, page);
        assertEquals(1, RawMemory.getByte(shrunk));
        os.release(shrunk, page);
    }

    @Test
    void remapToNothingIsInvalid() {
        final long start = written(1);
        final var failure = assertFailure(Errno.EINVAL, "mremap", () -> os.remap(start, page, 0));
        assertTrue(failure.arguments().contains("0x%x".formatted(start)), failure.getMessage());
        os.release(start, page);
    }

    @Test
    void sharedMappingsOfAFileSeeEachOther() {
        final int file = os.createMemoryFile("offheap-test");
        os.resizeFile(file, 4 * page);
        final long one = os.mapFile(file, 0, 4 * page, true);
        final long other = os.mapFile(file, page, 2 * page, true);
        os.closeFile(file);
        RawMemory.putLong(one + page, 42);
        assertEquals(42, RawMemory.getLong(other));
        RawMemory.putLong(other + page, 43);
        assertEquals(43, RawMemory.getLong(one + 2 * page));
        os.release(one, 4 * page);
        assertEquals(42, RawMemory.getLong(other));
        os.release(other, 2 * page);
    }

    @Test
    void privateMappingsStartWithTheFileAndWriteNothingToIt() {
        final int file = os.createMemoryFile("offheap-test");
        os.resizeFile(file, 2 * page);
        final long shared = os.mapFile(file, 0, 2 * page, true);
        RawMemory.putLong(shared + page, 42);
        final long copy = os.mapFile(file, page, page, false);
        assertEquals(42, RawMemory.getLong(copy));
        RawMemory.putLong(copy, 43);
        assertEquals(42, RawMemory.getLong(shared + page));
        os.release(copy, page);
        os.release(shared, 2 * page);
        os.closeFile(file);
    }

    @Test
    void punchedPartOfAFileReadsZeroAndLosesItsMemory() {
        final int file = os.createMemoryFile("offheap-test");
        os.resizeFile(file, 8 * page);
        final long start = os.mapFile(file, 0, 8 * page, true);
        os.allocateFile(file, 0, 4 * page);
        assertEquals(0, os.residentBytes(start, 8 * page));             // allocated, but nobody touched it
        RawMemory.putLong(start, 1);
        RawMemory.putLong(start + page, 2);
        assertEquals(2 * page, os.residentBytes(start, 8 * page));
        os.punchHole(file, 0, page);
        assertEquals(page, os.residentBytes(start, 8 * page));
        assertEquals(0, RawMemory.getLong(start));
        assertEquals(2, RawMemory.getLong(start + page));
        os.release(start, 8 * page);
        os.closeFile(file);
    }

    @Test
    void allocatingAPartOfAFileKeepsWhatItReads() {
        final int file = os.createMemoryFile("offheap-test");
        os.resizeFile(file, 2 * page);
        final long start = os.mapFile(file, 0, 2 * page, true);
        RawMemory.putLong(start, 1);
        os.allocateFile(file, 0, 2 * page);
        assertEquals(1, RawMemory.getLong(start));
        assertEquals(0, RawMemory.getLong(start + page));
        os.release(start, 2 * page);
        os.closeFile(file);
    }

    @Test
    void dontneedKeepsAndRemoveZeroesSharedMemory() {
        final int file = os.createMemoryFile("offheap-test");
        os.resizeFile(file, 2 * page);
        final long start = os.mapFile(file, 0, 2 * page, true);
        RawMemory.putLong(start, 1);
        RawMemory.putLong(start + page, 2);
        os.advise(start, 2 * page, Advice.DONTNEED);
        assertEquals(1, RawMemory.getLong(start));
        assertFailure(Errno.EINVAL, "madvise", () -> os.advise(start, page, Advice.FREE));
        os.advise(start, page, Advice.REMOVE);
        assertEquals(0, RawMemory.getLong(start));
        assertEquals(2, RawMemory.getLong(start + page));
        os.release(start, 2 * page);
        os.closeFile(file);
    }

    @Test
    void whatAShrunkFileLostReadsZeroWhenItGrowsAgain() {
        final int file = os.createMemoryFile("offheap-test");
        os.resizeFile(file, 2 * page);
        final long before = os.mapFile(file, 0, 2 * page, true);
        RawMemory.putLong(before, 1);
        RawMemory.putLong(before + page, 2);
        os.release(before, 2 * page);
        os.resizeFile(file, page);
        os.resizeFile(file, 4 * page);
        final long after = os.mapFile(file, 0, 4 * page, true);
        assertEquals(1, RawMemory.getLong(after));
        assertEquals(0, RawMemory.getLong(after + page));
        os.release(after, 4 * page);
        os.closeFile(file);
    }

    @Test
    void sealedFileGrowsButDoesNotShrink() {
        final int file = os.createMemoryFile("offheap-test");
        os.resizeFile(file, 2 * page);
        os.sealAgainstShrinking(file);
        assertFailure(Errno.EPERM, "ftruncate", () -> os.resizeFile(file, page));
        os.resizeFile(file, 3 * page);
        os.closeFile(file);
    }

    @Test
    void callsOnAFileThatIsNotOpenSayBadDescriptor() {
        final int never = 1 << 30;
        assertFailure(Errno.EBADF, "ftruncate", () -> os.resizeFile(never, page));
        assertFailure(Errno.EBADF, "fcntl", () -> os.sealAgainstShrinking(never));
        assertFailure(Errno.EBADF, "fallocate", () -> os.allocateFile(never, 0, page));
        assertFailure(Errno.EBADF, "fallocate", () -> os.punchHole(never, 0, page));
        assertFailure(Errno.EBADF, "mmap", () -> os.mapFile(never, 0, page, true));
        assertFailure(Errno.EBADF, "close", () -> os.closeFile(never));
    }

    @Test
    void nodePolicyIsTheOneThatWasBoundUnlessNumaIsRefused() {
        final long start = os.reserve(2 * page);
        try {
            os.bindToNodes(start, page, 1, 1);
            assertEquals(1, os.nodePolicyAt(start));
            assertEquals(0, os.nodePolicyAt(start + page));
            os.bindToNodes(start, page, 0, 0);
            assertEquals(0, os.nodePolicyAt(start));
        } catch (OsException refused) {
            assertTrue(Errno.isUnsupported(refused) && !Errno.EINVAL.isReasonOf(refused), refused.getMessage());
        } finally {
            os.release(start, 2 * page);
        }
    }

    /// {@return pages of which each has a 1 in its first byte}
    private long written(int pages) {
        final long start = os.reserve(pages * page);
        for (int i = 0; i < pages; i++) {
            RawMemory.putByte(start + i * page, (byte) 1);
        }
        return start;
    }

    private static OsException assertFailure(Errno errno, String call, Runnable action) {
        final var failure = assertThrows(OsException.class, action::run);
        assertEquals(errno.number(), failure.errno(), failure.getMessage());
        assertEquals(call, failure.call());
        assertTrue(failure.getMessage().startsWith(call + "(" + failure.arguments() + ")"), failure.getMessage());
        assertTrue(failure.getMessage().contains(errno.name()), failure.getMessage());
        return failure;
    }
}
