package io.offheap.allocator.extent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExtentTableTest {

    private final ExtentTable table = new ExtentTable();

    private Extent create() {
        return table.create(null, 0x10000, 4096);
    }

    @Test
    void numberIsNeverZeroAndLeadsToItsRun() {
        final var first = create();
        final var second = create();
        assertTrue(first.id() > 0 && second.id() > 0 && first.id() != second.id());
        assertSame(first, table.get(first.id()));
        assertSame(second, table.get(second.id()));
        assertEquals(2, table.size());
    }

    @Test
    void numberThatWasNeverGivenOutLeadsNowhere() {
        assertNull(table.get(0));
        assertNull(table.get(1));
        assertNull(table.get((1 << 26) - 1));
    }

    @Test
    void numberOfARetiredRunLeadsNowhereAndIsGivenOutAgain() {
        final var gone = create();
        table.retire(gone);
        assertNull(table.get(gone.id()));
        assertEquals(0, table.size());
        assertEquals(gone.id(), create().id());
    }

    @Test
    void runIsRetiredOnce() {
        final var gone = create();
        table.retire(gone);
        assertThrows(AssertionError.class, () -> table.retire(gone));
    }

    /// T1 against a map, over several chunks.
    @Test
    void tableAgreesWithAMap() {
        final long seed = 0x7ab1e;
        final var random = new SplittableRandom(seed);
        final var model = new HashMap<Integer, Extent>();
        int mostAtOnce = 0;
        for (int step = 0; step < 50_000; step++) {
            if (model.isEmpty() || random.nextInt(5) < (step / 10_000 % 2 == 0 ? 4 : 1)) {
                final var created = create();
                assertNull(model.put(created.id(), created), "seed " + seed + ", step " + step + ": number given twice");
            } else {
                final var ids = model.keySet().iterator();
                final var gone = model.remove(ids.next());
                table.retire(gone);
            }
            mostAtOnce = Math.max(mostAtOnce, model.size());
            assertEquals(model.size(), table.size(), "seed " + seed + ", step " + step);
        }
        assertTrue(mostAtOnce > 1 << 12, "the program did not leave the first chunk");
        assertEquals(new HashSet<>(model.values()), new HashSet<>(table.all()));
        for (int id = 0; id <= mostAtOnce; id++) {
            assertSame(model.get(id), table.get(id), "seed " + seed + ", number " + id);
        }
    }
}
