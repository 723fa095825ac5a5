package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SparesTest {

    private static final int CLASSES = 3;

    private final Spares spares = new Spares(CLASSES);

    private void push(int slotClass, long from, long to) {
        LongStream.rangeClosed(from, to).forEach(address -> spares.push(address, slotClass, (int) address));
    }

    private List<Long> popAll(int slotClass) {
        final var all = new ArrayList<Long>();
        for (long address = spares.pop(slotClass); address != 0; address = spares.pop(slotClass)) {
            all.add(address);
        }
        return all;
    }

    @Test
    void eachSlotOfAClassComesOnceWhereverItLies() {
        push(1, 1, 1000);
        push(2, 2001, 2010);
        assertEquals(1000, spares.count(1));
        assertEquals(List.of(), popAll(0));
        final var popped = popAll(1);
        assertEquals(1000, popped.size());
        assertEquals(new HashSet<>(LongStream.rangeClosed(1, 1000).boxed().toList()), new HashSet<>(popped));
        assertEquals(0, spares.count(1));
        assertEquals(10, popAll(2).size());
    }

    @Test
    void slotsThatComeLaterAreSeenAfterAClassWasFoundEmpty() {
        assertEquals(0, spares.pop(1));
        push(1, 1, 1);
        assertEquals(1, spares.pop(1));
        assertEquals(0, spares.pop(1));
        push(1, 2, 2);
        assertEquals(2, spares.pop(1));
    }

    /// Of twenty in one stripe, five were never wanted between two looks.
    @Test
    void trimGivesUpWhatNobodyWanted() {
        final var freed = new ArrayList<Long>();
        for (long address = 1; address <= 20; address++) {
            spares.push(address, 0, 0);
        }
        spares.trim(freed::add);
        assertEquals(List.of(), freed);                                 // they have not been here for long enough
        for (int i = 0; i < 15; i++) {
            assertTrue(spares.pop(0) > 5);
        }
        for (long address = 21; address <= 30; address++) {
            spares.push(address, 0, 0);
        }
        spares.trim(freed::add);
        assertEquals(List.of(1L, 2L, 3L, 4L, 5L), freed);
        assertEquals(10, spares.count(0));
        spares.trim(freed::add);
        assertEquals(15, freed.size());
        assertEquals(0, spares.pop(0));
    }

    @Test
    void drainGivesUpEverything() {
        push(0, 1, 100);
        push(2, 101, 200);
        final var freed = new HashSet<Long>();
        spares.drain(freed::add);
        assertEquals(200, freed.size());
        assertEquals(List.of(), popAll(0));
        assertEquals(List.of(), popAll(2));
    }
}
