package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SparesTest {

    private static final int CLASSES = 3;
    private static final int STEPS = 30_000;
    private static final int CHECKED = 10;
    private static final long SEED = 20261122;

    private final Spares spares = new Spares(CLASSES);

    @AfterEach
    void invariantsHold() {
        assertTrue(spares.checkInvariants());
    }

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

    @Test
    void slotsAreKeptOnceEach() {
        System.out.println("SparesTest seed " + SEED);
        final var random = new SplittableRandom(SEED);
        final var kept = LongStream.rangeClosed(1, CLASSES).mapToObj(_ -> new HashSet<Long>()).toList();
        for (int step = 1; step <= STEPS; step++) {
            final int slotClass = random.nextInt(CLASSES);
            switch (random.nextInt(1000)) {
                case 0 -> spares.drain(address -> assertTrue(kept.stream().anyMatch(of -> of.remove(address))));
                case 1, 2, 3 -> spares.trim(address -> assertTrue(kept.stream().anyMatch(of -> of.remove(address))));
                default -> {
                    if (random.nextInt(100) < 55) {
                        spares.push(step, slotClass, random.nextInt());
                        kept.get(slotClass).add((long) step);
                    } else {
                        final long popped = spares.pop(slotClass);
                        assertEquals(popped != 0, kept.get(slotClass).remove(popped), "step " + step);
                        assertTrue(popped != 0 || kept.get(slotClass).isEmpty(), "step " + step);
                    }
                }
            }
            assertEquals(kept.get(slotClass).size(), spares.count(slotClass), "step " + step);
            assertTrue(step % CHECKED != 0 || spares.checkInvariants(), "step " + step);
        }
        spares.forEach((address, slotClass) -> assertTrue(kept.get(slotClass).remove(address)));
        assertEquals(List.of(new HashSet<Long>(), new HashSet<Long>(), new HashSet<Long>()), kept);
    }

    @Test
    void slotThatIsKeptTwiceIsFound() {
        spares.push(16, 0, 0);
        spares.push(16, 1, 1);
        assertTrue(assertThrows(AssertionError.class, spares::checkInvariants).getMessage().startsWith("N2"));
        assertEquals(16, spares.pop(1));
        spares.push(0, 1, 0);
        assertTrue(assertThrows(AssertionError.class, spares::checkInvariants).getMessage().startsWith("N2"));
        spares.drain(_ -> { });
    }
}
