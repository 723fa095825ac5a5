package io.offheap.allocator.slab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlabHeapTest {

    private final SlabTestKit pages = new SlabTestKit(SlabTestKit.PAGE);
    private final Bin bin = new Bin(pages, 0, 16, 256);
    private final SlabHeap heap = new SlabHeap();

    @AfterEach
    void close() {
        pages.close();
    }

    private Slab slab() {
        return new Slab(pages.allocate(0), bin);
    }

    @Test
    void emptyHeapHasNoLowest() {
        assertNull(heap.lowest());
        assertEquals(0, heap.size());
        assertTrue(heap.checkInvariants());
    }

    @Test
    void slabIsAddedOnce() {
        final var slab = slab();
        heap.add(slab);
        heap.add(slab());
        assertThrows(AssertionError.class, () -> heap.add(slab));
    }

    @Test
    void removedSlabKeepsNoLinks() {
        final var slabs = new ArrayList<Slab>();
        for (int i = 0; i < 10; i++) {
            slabs.add(slab());
            heap.add(slabs.getLast());
        }
        for (final var slab : slabs) {
            heap.remove(slab);
            assertNull(slab.child);
            assertNull(slab.sibling);
            assertNull(slab.parent);
            heap.checkInvariants();
        }
        assertNull(heap.lowest());
    }

    /// H1 and H2 against a sorted map.
    @Test
    void heapAgreesWithASortedMap() {
        final long seed = 0x4ea9;
        final var random = new SplittableRandom(seed);
        final var outside = new ArrayList<Slab>();
        for (int i = 0; i < 300; i++) {
            outside.add(slab());
        }
        final var model = new TreeMap<Long, Slab>();
        for (int step = 0; step < 20_000; step++) {
            final String where = "seed " + seed + ", step " + step;
            final int choice = random.nextInt(10);
            if (!outside.isEmpty() && (model.isEmpty() || choice < (step / 1000 % 2 == 0 ? 6 : 3))) {
                final var slab = outside.remove(random.nextInt(outside.size()));
                heap.add(slab);
                model.put(slab.base(), slab);
            } else {
                final var keys = new ArrayList<>(model.keySet());
                final long base = choice == 9 ? model.firstKey() : keys.get(random.nextInt(keys.size()));
                final var slab = model.remove(base);
                heap.remove(slab);
                outside.add(slab);
            }
            assertSame(model.isEmpty() ? null : model.firstEntry().getValue(), heap.lowest(), where);
            assertEquals(model.size(), heap.size(), where);
            heap.checkInvariants();
        }
        final var visited = new HashSet<Slab>();
        heap.forEach(slab -> assertTrue(visited.add(slab), "visited twice"));
        assertEquals(new HashSet<>(model.values()), visited);
    }

    @Test
    void checkNamesWhatIsBroken() {
        final var low = slab();
        final var high = slab();
        heap.add(low);
        heap.add(high);
        high.parent = high;
        assertTrue(assertThrows(AssertionError.class, heap::checkInvariants).getMessage().startsWith("H1"));
        high.parent = low;
        low.child = null;
        assertTrue(assertThrows(AssertionError.class, heap::checkInvariants).getMessage().startsWith("H2"));
        low.child = high;
        assertTrue(heap.checkInvariants());
    }
}
