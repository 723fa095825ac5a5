package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.PhantomReference;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// One buffer that the collector is to find, and a thread that has it in hand while the collector runs.
class CollectorRunsTest {

    private static final long ADDRESS = 4096;

    private final BufferTable table = new BufferTable(new Allowance(0), new long[0]);
    private final BufferBerths berths = new BufferBerths(table, address -> { }, false);
    private final List<Long> found = new ArrayList<>();
    private final Findings findings = new Findings(table, berths, (address, _) -> found.add(address), NoArenas.blocks(), new Handovers(), (_, _) -> { });
    private final CollectorRuns runs =
            new CollectorRuns(findings, this::bytes, _ -> false, true, new BufferCycle(nanos -> nanos));

    private ByteBuffer inHand = ByteBuffer.allocate(100);

    /// Cleared by a collection of the old generation, as it is old.
    private WeakReference<Object> old;

    /// Whoever waits for what is found asks at each look: here the other thread lets go, once `System.gc()` is over.
    private long bytes() {
        if (old.refersTo(null)) {
            inHand = null;
        }
        return found.isEmpty() ? 100 : 0;
    }

    private static WeakReference<Object> newOld() {
        final var object = new Object();
        final var reference = new WeakReference<>(object);
        for (int i = 0; i < 3; i++) {
            System.gc();                                // promotes
        }
        return reference.refersTo(object) ? reference : null;
    }

    @Test
    void whatWasInHandDuringTheCollectionIsFoundByAnother() {
        table.add(ADDRESS, inHand.capacity(), Blocks.NO_SLOT, new PhantomReference<>(inHand, null));
        old = newOld();
        findings.takeAll();
        assertTrue(runs.collect());
        assertEquals(List.of(ADDRESS), found);
    }
}
