package io.offheap.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.types.BusErrorException;
import io.offheap.memory.types.Contents;
import io.offheap.memory.types.FaultReason;
import io.offheap.memory.types.MappingException;
import io.offheap.memory.types.PageRange;
import io.offheap.memory.types.SegmentationFaultException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AddressSpaceTest {

    private final MemoryDomain domain = MemoryDomain.builder().pressure().capacity(64 << 20).build();
    private final AddressSpace space = domain.newSpace("A");
    private final long page = domain.pageSize();

    @AfterEach
    void close() {
        domain.checkInvariants();
        domain.close();
    }

    @Test
    void purgeGivesBackExactlyThePagesThatItSays() {
        space.map(0, 100 * page);
        for (int i = 0; i < 100; i++) {
            space.putLong(i * page, i + 1);
        }
        space.markVolatilePartially(10 * page, 60 * page);
        final long before = domain.residentBytes();
        assertEquals(100 * page, before);
        assertEquals(17 * page, domain.purge(17 * page));
        assertEquals(before - 17 * page, domain.residentBytes());
        assertEquals(43 * page, domain.purge(Long.MAX_VALUE));
        assertEquals(before - 60 * page, domain.residentBytes());
        assertEquals(100, space.getLong(99 * page));
    }

    @Test
    void purgedRangesAreThePagesWhoseAccessIsABusError() {
        try (var object = domain.newSharedObject("o", 8 * page)) {
            space.map(0, 20 * page);
            space.map(20 * page, 6 * page, object, 2 * page, true);
            for (int i = 0; i < 26; i++) {
                space.putLong(i * page, i + 1);
            }
            space.markVolatilePartially(3 * page, 2 * page);
            space.markVolatilePartially(10 * page, 4 * page);
            object.markVolatilePartially(3 * page, 2 * page);
            assertEquals(List.of(), space.purgedRanges(0, 26 * page));
            domain.purge(Long.MAX_VALUE);
            assertEquals(List.of(PageRange.between(3, 5), PageRange.between(10, 14), PageRange.between(21, 23)),
                    space.purgedRanges(0, 26 * page));
            for (int i = 0; i < 26; i++) {
                final long address = i * page;
                if (space.purgedRanges(address, page).isEmpty()) {
                    assertEquals(i + 1, space.getLong(address));
                } else {
                    assertThrows(BusErrorException.class, () -> space.getLong(address));
                }
            }
            assertEquals(List.of(PageRange.between(4, 5), PageRange.between(10, 12)), space.purgedRanges(4 * page, 8 * page));
            assertEquals(List.of(PageRange.between(3, 5)), object.purgedRanges(0, 8 * page));
            assertEquals(Contents.PURGED, space.unmarkVolatile(10 * page, 4 * page));
            assertEquals(Contents.PURGED, object.unmarkVolatile(3 * page, 2 * page));
            assertEquals(List.of(PageRange.between(3, 5)), space.purgedRanges(0, 26 * page));
            assertThrows(MappingException.class, () -> space.purgedRanges(25 * page, 2 * page));
            assertThrows(IllegalArgumentException.class, () -> object.purgedRanges(8 * page, page));
            space.unmap(0, 26 * page);
        }
    }

    @Test
    void purgeOfPagesThatForkedSpacesShareCountsThemOnce() {
        space.map(0, 50 * page);
        for (int i = 0; i < 50; i++) {
            space.putLong(i * page, i + 1);
        }
        space.markVolatile(0, 50 * page);
        try (var child = space.fork("B"); var grandchild = child.fork("C")) {
            assertEquals(50 * page, domain.residentBytes());
            grandchild.putLong(0, 7);
            assertEquals(51 * page, domain.purge(Long.MAX_VALUE));
            assertEquals(0, domain.residentBytes());
            assertThrows(BusErrorException.class, () -> grandchild.getLong(0));
        }
    }

    @Test
    void forkCopiesNoPage() {
        space.map(0, 1000 * page);
        for (int i = 0; i < 1000; i++) {
            space.putLong(i * page, i);
        }
        try (var child = space.fork("B")) {
            assertEquals(1000 * page, domain.privateBytes());
            child.putLong(500 * page, -1);
            assertEquals(1001 * page, domain.privateBytes());
            assertEquals(1, domain.copies());
            assertEquals(500, space.getLong(500 * page));
            space.putLong(500 * page, -2);
            assertEquals(1, domain.copies(), "the other side is the only one who has the old page");
        }
        assertEquals(1000 * page, domain.privateBytes());
    }

    @Test
    void faultsNameTheAddressAlsoWhereThereIsNoRoom() {
        try (var full = MemoryDomain.builder().pressure().capacity(64 << 20).hardLimit(16 * page).build();
                var other = full.newSpace("B")) {
            other.map(0, 17 * page);
            for (int i = 0; i < 16; i++) {
                other.putLong(i * page, i);
            }
            assertEquals(20 * page + 5,
                    assertThrows(SegmentationFaultException.class, () -> other.putByte(20 * page + 5, (byte) 1)).address());
            assertEquals(20 * page + 8,
                    assertThrows(SegmentationFaultException.class, () -> other.putLong(20 * page + 8, 1)).address());
            assertThrows(OutOfMemoryError.class, () -> other.putLong(16 * page, 1));
        }
    }

    @Test
    void faultsNameAddressAndReason() {
        space.map(page, page);
        assertEquals(0, assertThrows(SegmentationFaultException.class, () -> space.getLong(0)).address());
        space.putLong(page, 1);
        space.markVolatile(page, page);
        domain.purge(page);
        final var fault = assertThrows(BusErrorException.class, () -> space.getLong(page + 8));
        assertEquals(page + 8, fault.address());
        assertEquals(FaultReason.PURGED, fault.reason());
        assertEquals(page + 7, assertThrows(BusErrorException.class, () -> space.getByte(page + 7)).address());
        assertEquals(page + 16, assertThrows(BusErrorException.class, () -> space.putLong(page + 16, 1)).address());
        assertEquals(page + 5, assertThrows(BusErrorException.class, () -> space.putByte(page + 5, (byte) 1)).address());
        final var bytes = MemorySegment.ofArray(new byte[100]);
        assertEquals(page + 9, assertThrows(BusErrorException.class, () -> space.read(page + 9, bytes)).address());
        assertEquals(page + 9, assertThrows(BusErrorException.class, () -> space.write(page + 9, bytes)).address());
        assertEquals(page, assertThrows(BusErrorException.class, () -> space.pin(page, page)).address());
        assertEquals(-8, assertThrows(SegmentationFaultException.class, () -> space.getLong(-8)).address());
        assertEquals(2 * page, assertThrows(SegmentationFaultException.class, () -> space.putLong(2 * page, 1)).address());
        assertThrows(BusErrorException.class, () -> space.putByte(page, (byte) 1));
        assertEquals(Contents.PURGED, space.unmarkVolatile(page, page));
        assertEquals(0, space.getLong(page));
    }

    @Test
    void bulkReadFailsBeforeItCopiesAByte() {
        space.map(0, 3 * page);
        final var source = MemorySegment.ofArray(new byte[(int) (3 * page)]);
        source.fill((byte) 7);
        space.write(0, source);
        space.markVolatile(2 * page, page);
        domain.purge(page);
        final var target = MemorySegment.ofArray(new byte[(int) (3 * page)]);
        assertThrows(BusErrorException.class, () -> space.read(0, target));
        assertEquals(-1, target.mismatch(MemorySegment.ofArray(new byte[(int) (3 * page)])));
        assertThrows(BusErrorException.class, () -> space.write(0, target));
        assertEquals(7, space.getByte(0), "nor does a write");
    }

    @Test
    void bulkAccessNeedsNoAlignment() {
        space.map(0, 3 * page);
        final var source = MemorySegment.ofArray(new byte[(int) (page + 100)]);
        for (int i = 0; i < source.byteSize(); i++) {
            source.set(ValueLayout.JAVA_BYTE, i, (byte) i);
        }
        space.write(page - 50, source);
        final var target = MemorySegment.ofArray(new byte[(int) (page + 100)]);
        space.read(page - 50, target);
        assertEquals(-1, source.mismatch(target));
        assertEquals(0, space.getByte(page - 51));
        assertEquals(0, space.getByte(2 * page + 50));
    }

    @Test
    void badRangesAreRefused() {
        for (final long bad : new long[] {1, -page, Long.MIN_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> space.map(bad, page), () -> "address " + bad);
            assertThrows(IllegalArgumentException.class, () -> space.map(0, bad), () -> "size " + bad);
        }
        assertThrows(IllegalArgumentException.class, () -> space.map(0, 0));
        assertThrows(IllegalArgumentException.class, () -> space.map(Long.MAX_VALUE - page + 1, page));
        assertThrows(IllegalArgumentException.class, () -> space.getLong(4));
        assertThrows(MappingException.class, () -> space.markVolatile(0, page));
        assertThrows(SegmentationFaultException.class, () -> space.getByte(-1));
        assertThrows(SegmentationFaultException.class, () -> space.putLong(Long.MIN_VALUE, 1));
    }

    @Test
    void protectedPagesFault() {
        space.map(0, 4 * page);
        space.putLong(page, 42);
        space.protectReadOnly(0, 2 * page);
        assertEquals(42, space.getLong(page));
        assertThrows(SegmentationFaultException.class, () -> space.putLong(page, 1));
        space.protectNone(page, page);
        assertThrows(SegmentationFaultException.class, () -> space.getLong(page));
        assertEquals(List.of("0-1", "1-2", "2-4"), space.mappings());
        space.protectReadWrite(0, 4 * page);
        assertEquals(List.of("0-4"), space.mappings());
        space.putLong(page, 43);
        assertEquals(43, space.getLong(page));
    }

    @Test
    void mappingGrowsInPlaceUntilSomethingIsInTheWay() {
        space.map(0, 2 * page);
        space.putLong(page, 1);
        assertTrue(space.grow(0, 2 * page, 4 * page));
        space.putLong(3 * page, 2);
        space.map(6 * page, page);
        assertFalse(space.grow(0, 4 * page, 7 * page));
        assertThrows(IllegalArgumentException.class, () -> space.grow(0, 3 * page, 4 * page));
        assertEquals(1, space.getLong(page));
    }

    @Test
    void pinnedPagesStayWhereTheyAre() {
        space.map(0, 4 * page);
        space.putLong(page, 5);
        space.markVolatile(0, 4 * page);
        try (var pin = space.pin(page, 2 * page)) {
            final var segment = pin.segments().getFirst();
            assertEquals(5, segment.get(ValueLayout.JAVA_LONG, 0));
            assertEquals(0, domain.purge(Long.MAX_VALUE));
            for (final Runnable change : List.<Runnable>of(() -> space.unmap(0, 2 * page), () -> space.remap(page, page, 9 * page),
                    () -> space.drop(page, page), () -> space.protectNone(page, page), space::exec, space::close,
                    () -> space.map(2 * page, page), () -> space.freeLazily(page, page))) {
                assertThrows(IllegalStateException.class, change::run);
            }
            try (var child = space.fork("B")) {
                segment.set(ValueLayout.JAVA_LONG, 0, 6);
                assertEquals(5, child.getLong(page), "the segment stays with its pinner");
                assertEquals(6, space.getLong(page));
            }
        }
        assertEquals(2 * page, domain.purge(Long.MAX_VALUE));
    }

    @Test
    void segmentOfAPinDiesWithIt() {
        space.map(0, page);
        final var pin = space.pin(0, page);
        final var segment = pin.segments().getFirst();
        pin.close();
        pin.close();
        assertThrows(IllegalStateException.class, () -> segment.get(ValueLayout.JAVA_LONG, 0));
        space.unmap(0, page);
    }

    /// `qsort` holds the segment while it compares, so the comparison meets a pin that cannot be closed.
    @Test
    @SuppressWarnings("restricted") // to have native code use the segment
    void pinWhoseSegmentIsInUseStaysOpenAndCanBeClosedLater() throws Throwable {
        space.map(0, page);
        final var pin = space.pin(0, page);
        final var refused = new AtomicInteger();
        final var linker = Linker.nativeLinker();
        try (var arena = Arena.ofConfined()) {
            final var type = FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.ADDRESS);
            final var comparison = MethodHandles.lookup().findStatic(AddressSpaceTest.class, "compareAndClose",
                    MethodType.methodType(int.class, AddressSpace.Pin.class, AtomicInteger.class, MemorySegment.class, MemorySegment.class));
            final var sort = linker.downcallHandle(linker.defaultLookup().findOrThrow("qsort"), FunctionDescriptor.ofVoid(
                    ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.ADDRESS));
            sort.invoke(pin.segments().getFirst(), 2L, (long) Long.BYTES,
                    linker.upcallStub(MethodHandles.insertArguments(comparison, 0, pin, refused), type, arena));
        }
        assertEquals(1, refused.get());
        assertThrows(IllegalStateException.class, () -> space.unmap(0, page), "it is pinned still");
        pin.close();
        assertThrows(IllegalStateException.class, () -> pin.segments().getFirst().get(ValueLayout.JAVA_LONG, 0));
        space.unmap(0, page);
    }

    private static int compareAndClose(AddressSpace.Pin pin, AtomicInteger refused, MemorySegment one, MemorySegment other) {
        try {
            pin.close();
        } catch (IllegalStateException inUse) {
            refused.incrementAndGet();
        }
        return 0;
    }

    @Test
    void purgedPageCannotBePinned() {
        space.map(0, page);
        space.putLong(0, 1);
        space.markVolatile(0, page);
        domain.purge(page);
        assertThrows(BusErrorException.class, () -> space.pin(0, page));
    }

    @Test
    void virtualThreadsReadAndWrite() throws InterruptedException {
        space.map(0, page);
        final var thread = Thread.ofVirtual().start(() -> {
            space.putLong(0, 42);
            space.putByte(8, (byte) 1);
            space.write(16, MemorySegment.ofArray(new byte[] {2}));
        });
        thread.join();
        assertEquals(42, space.getLong(0));
        assertEquals(1, space.getByte(8));
        assertEquals(2, space.getByte(16));
    }

    @Test
    void closedSpaceAndDomainAreRefused() {
        space.map(0, page);
        space.putLong(0, 1);
        space.close();
        space.close();
        assertThrows(IllegalStateException.class, () -> space.getLong(0));
        assertThrows(IllegalStateException.class, () -> space.putLong(0, 1));
        assertThrows(IllegalStateException.class, () -> space.map(0, page));
        assertThrows(IllegalStateException.class, () -> space.fork("B"));
        domain.close();
        assertThrows(IllegalStateException.class, () -> domain.newSpace("C"));
    }

    @Test
    void domainWithAPinIsNotClosedAndChangesNothing() {
        space.map(0, page);
        space.putLong(0, 1);
        final var other = domain.newSpace("B");
        other.map(0, page);
        final var pin = other.pin(0, page);
        assertThrows(IllegalStateException.class, domain::close);
        assertEquals(1, space.getLong(0));
        pin.close();
        domain.close();
        assertThrows(IllegalStateException.class, () -> space.getLong(0));
        assertThrows(IllegalStateException.class, () -> other.getLong(0));
    }

    @Test
    void capacityIsTheMostPrivateMemory() {
        try (var small = MemoryDomain.builder().pressure().capacity(4 * page).build()) {
            final var one = small.newSpace("A");
            one.map(0, 8 * page);
            for (int i = 0; i < 4; i++) {
                one.putLong(i * page, i);
            }
            assertThrows(OutOfMemoryError.class, () -> one.putLong(4 * page, 4));
            assertEquals(0, one.getLong(4 * page));
            one.drop(0, page);
            one.putLong(4 * page, 4);
            assertEquals(4, one.getLong(4 * page));
            small.checkInvariants();
        }
    }

    @Test
    void reverseMapFindsPagesAfterForksAndMoves() {
        space.map(0, 4 * page);
        space.putLong(2 * page, 1);
        try (var child = space.fork("B")) {
            child.remap(0, 4 * page, 10 * page);
            try (var grandchild = child.fork("C")) {
                assertEquals(List.of("A:2", "B:12", "C:12"), space.whoUses(2 * page));
                assertNotEquals(grandchild.whoUses(12 * page), List.of("C:12"));
                grandchild.putLong(12 * page, 2);
                assertEquals(List.of("C:12"), grandchild.whoUses(12 * page));
            }
        }
        assertEquals(List.of("A:2"), space.whoUses(2 * page));
        assertEquals(List.of(), space.whoUses(0));
    }
}
