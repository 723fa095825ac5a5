package io.offheap.memory.pressure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.offheap.memory.types.MemoryReading;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Which sources are read when, and which counts.
final class HeadroomTest {

    private static final long MIB = 1L << 20;
    private static final long GIB = 1L << 30;
    private static final long TOUCHED = 0;

    private final CountedSource far = leaving(100 * GIB);
    private final CountedSource near = leaving(40 * MIB);

    /// With no reserve: the shortest credit is 256 KiB, and of 40 MiB a quarter passes.
    private final Headroom headroom = new Headroom(Reserve.of(0), List.of(far, near));

    private static CountedSource leaving(long headroom) {
        return new CountedSource(1024 * GIB, 1024 * GIB - headroom);
    }

    private static MemoryReading reading(long headroom) {
        return new MemoryReading(1024 * GIB, 1024 * GIB - headroom);
    }

    @Test
    void tightestCounts() {
        assertEquals(new Room(40 * MIB, 0), headroom.look(0, TOUCHED));
        near.reading = reading(2000 * GIB / 10);
        assertEquals(new Room(100 * GIB, 0), headroom.look(200 * MIB, TOUCHED));
    }

    @Test
    void farSourceIsNotReadForANearOne() {
        for (long grown = 0; grown < Room.LONGEST_CREDIT; grown += 10 * MIB) {
            assertEquals(40 * MIB, headroom.look(grown, TOUCHED).bytes());
        }
        assertEquals(1, far.reads);
        assertEquals(7, near.reads);
        headroom.look(Room.LONGEST_CREDIT, TOUCHED);
        assertEquals(2, far.reads);
    }

    @Test
    void untouchedMemoryMakesTheCreditShorter() {
        headroom.look(0, 20 * MIB);
        headroom.look(5 * MIB, TOUCHED);
        assertEquals(2, near.reads);
    }

    @Test
    void whatGrowthMayHaveMadeTheTightestIsReadAtOnce() {
        far.reading = reading(48 * MIB);                            // a credit of 12 MiB
        headroom.look(0, TOUCHED);
        far.reading = reading(35 * MIB);
        assertEquals(35 * MIB, headroom.look(10 * MIB, TOUCHED).bytes());
        assertEquals(2, far.reads);
    }

    @Test
    void lookThatNothingIsDueForReadsTheTightestAlone() {
        headroom.look(0, TOUCHED);
        near.reading = reading(39 * MIB);
        assertEquals(39 * MIB, headroom.look(MIB, TOUCHED).bytes());
        assertEquals(1, far.reads);
        assertEquals(2, near.reads);
    }

    @Test
    void threadThatWasHeldUpIsToldOfWhatOthersHaveReadSince() {
        headroom.look(0, TOUCHED);
        near.reading = reading(MIB);
        assertEquals(MIB, headroom.look(20 * MIB, TOUCHED).bytes());
        assertEquals(new Room(MIB, 0), headroom.look(15 * MIB, TOUCHED), "not: nothing is limited");
        assertEquals(new Room(MIB, 0), headroom.look(20 * MIB, TOUCHED));
        assertEquals(2, near.reads);
    }

    @Test
    void unreadableSourceIsTriedAgainAfterTheLongestCredit() {
        near.close();
        assertEquals(100 * GIB, headroom.look(0, TOUCHED).bytes());
        near.reading = reading(MIB);
        assertEquals(100 * GIB, headroom.look(Room.LONGEST_CREDIT - 1, TOUCHED).bytes());
        assertEquals(MIB, headroom.look(Room.LONGEST_CREDIT, TOUCHED).bytes());
    }

    @Test
    void noLimitIsNoRoom() {
        final var unlimited = leaving(0);
        unlimited.reading = new MemoryReading(MemoryReading.UNLIMITED, GIB);
        final var none = new Headroom(Reserve.DEFAULT, List.of(unlimited));
        assertNull(none.look(0, TOUCHED));
        assertEquals(MemoryReading.UNLIMITED, none.leastLimit());
        assertEquals(1024 * GIB, headroom.leastLimit());
    }
}
