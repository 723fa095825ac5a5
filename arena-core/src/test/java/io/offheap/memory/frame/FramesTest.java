package io.offheap.memory.frame;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.memory.mapping.AnonymousObject;
import io.offheap.memory.os.Errno;
import io.offheap.memory.os.RawMemory;
import io.offheap.memory.types.OsException;
import io.offheap.testkit.FailingMemory;
import io.offheap.testkit.FakeMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FramesTest {

    private static final int CAPACITY = 4;

    private final FakeMemory os = new FakeMemory();
    private final RetiredRanges retired = new RetiredRanges(os);
    private final Frames frames = new Frames(os, CAPACITY, retired);
    private final AnonymousObject object = new AnonymousObject();

    @AfterEach
    void close() {
        frames.checkInvariants();
        frames.close();
        retired.releaseAll();
        os.checkAllReleased();
        os.close();
    }

    @Test
    void frameKnowsItsPlaceInTheReverseMap() {
        final int frame = frames.allocate(object, 17, true);
        assertEquals(object, frames.object(frame));
        assertEquals(17, frames.index(frame));
        assertEquals(1, frames.references(frame));
        assertEquals(frame, frames.frameAt(frames.address(frame)));
    }

    @Test
    void noMoreFramesThanTheCapacity() {
        for (int i = 0; i < CAPACITY; i++) {
            frames.allocate(object, i, true);
        }
        assertThrows(OutOfMemoryError.class, frames::requireFree);
        assertEquals(CAPACITY, frames.inUse());
    }

    @Test
    void whereAddressSpaceIsShortThereAreFewerFramesAndAsMuchIsLeft() {
        final long capacity = 96L << 20;
        try (var scarce = new FakeMemory(capacity)) {
            final var left = new RetiredRanges(scarce);
            try (var fewer = new Frames(scarce, Integer.MAX_VALUE - 1, left)) {
                final long reserved = scarce.reservedBytes();
                assertTrue(capacity / 4 < reserved && reserved <= capacity / 2, "reserved " + reserved);
                assertEquals(reserved / FakeMemory.PAGE_SIZE, fewer.capacity() + 1, "the page of zeros is none of them");
                while (fewer.available() > 0) {
                    fewer.allocate(object, 0, true);
                }
                assertEquals(fewer.capacity(), fewer.inUse());
                assertThrows(OutOfMemoryError.class, fewer::requireFree);
                assertTrue(fewer.checkInvariants());
            }
            left.releaseAll();
            scarce.checkAllReleased();
        }
    }

    @Test
    void outOfMemoryWhenThereIsNotEvenAddressSpaceForAFew() {
        try (var scarce = new FakeMemory(FrameRegion.SMALLEST - FakeMemory.PAGE_SIZE)) {
            final var error = assertThrows(OutOfMemoryError.class, () -> new Frames(scarce, 1 << 24, new RetiredRanges(scarce)));
            assertTrue(error.getMessage().contains(FrameRegion.SMALLEST + " bytes: mmap("), error.getMessage());
            assertInstanceOf(OsException.class, error.getCause());
            scarce.checkAllReleased();
        }
    }

    @Test
    void anotherRefusalThanShortageIsNotTriedAgain() {
        final var failing = new FailingMemory(os, 1, Errno.EPERM);
        final var refusal = assertThrows(OsException.class, () -> new Frames(failing, 1 << 24, retired));
        assertEquals(Errno.EPERM.number(), refusal.errno());
        assertEquals(1, failing.calls());
    }

    @Test
    void frameWithoutReferencesWaitsUntilItIsRecycled() {
        final int frame = frames.allocate(object, 0, true);
        frames.retain(frame);
        frames.release(frame);
        assertEquals(1, frames.references(frame));
        frames.release(frame);
        assertTrue(frames.hasLimbo());
        frames.checkInvariants();
        assertTrue(frames.allocate(object, 1, true) != frame, "somebody may still be reading it");
        assertNull(frames.recycle());
        assertEquals(frame, frames.allocate(object, 2, false));
    }

    @Test
    void anyNumberOfReferencesIsCounted() {
        final int frame = frames.allocate(object, 0, true);
        final int many = 70_000;                                        // more than 16 bits
        for (int i = 1; i < many; i++) {
            frames.retain(frame);
        }
        assertEquals(many, frames.references(frame));
        for (int i = 1; i < many; i++) {
            frames.release(frame);
        }
        assertEquals(1, frames.references(frame));
        assertEquals(1, frames.inUse());
        frames.release(frame);
        assertEquals(0, frames.inUse());
    }

    @Test
    void recycledFrameIsZeroedIfItMustBe() {
        final int frame = frames.allocate(object, 0, true);
        RawMemory.putLong(frames.address(frame), 42);
        frames.release(frame);
        frames.recycle();
        assertEquals(frame, frames.allocate(object, 0, true));
        assertEquals(0, RawMemory.getLong(frames.address(frame)));
    }

    @Test
    void purgedFramesLoseTheirMemoryInRunsOfNeighbours() {
        final int[] used = new int[CAPACITY];
        for (int i = 0; i < CAPACITY; i++) {
            used[i] = frames.allocate(object, i, true);
            RawMemory.putLong(frames.address(used[i]), 1);
        }
        frames.release(used[3]);
        frames.release(used[0]);
        frames.release(used[1]);
        os.clearAdviceLog();
        final var taken = frames.takeLimbo();
        frames.checkInvariants();
        frames.giveBack(taken);
        frames.acceptReturned();
        assertEquals(2, os.adviceLog().size(), "two runs: 0 and 1, and 3");
        assertEquals(1, frames.residentPages());
        assertEquals(used[0], frames.allocate(object, 0, true));
        assertEquals(3, taken.count());
    }
}
