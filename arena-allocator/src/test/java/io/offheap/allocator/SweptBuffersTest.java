package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is told of a sweep. What the collector does to a reference is done here by hand: it is cleared.
class SweptBuffersTest {

    private static final int CAPACITY = 64;
    private static final int KEPT = 10;
    private static final int DROPPED = 3;
    private static final long BASE = 1L << 40;

    /// Lower addresses are swept later.
    private static final long SWEPT_LATER = 1L << 30;

    private final BufferTable table = new BufferTable(new Allowance(0), new long[] {0});
    private final ByteBuffer buffer = ByteBuffer.allocate(CAPACITY);
    private final List<String> told = new ArrayList<>();
    private int taken;

    private final Findings findings = new Findings(table, new BufferBerths(table, address -> { }, false), this::take,
            NoArenas.blocks(), new Handovers(), (found, left) -> told.add(found + " " + left));

    private PhantomReference<ByteBuffer> add(long address) {
        final var reference = new PhantomReference<>(buffer, null);
        table.add(address, CAPACITY, Blocks.NO_SLOT, reference);
        return reference;
    }

    /// Other threads go on while one sweeps.
    private void take(long address, long capacity) {
        taken++;
        add(SWEPT_LATER + (long) taken * CAPACITY);
    }

    @Test
    void sweepTellsWhatItHasFoundAndWhatWasKept() {
        add(SWEPT_LATER);                               // its places are entered first, and swept last
        for (int i = 1; i < KEPT; i++) {
            add(BASE + (long) i * CAPACITY);
        }
        for (int i = KEPT; i < KEPT + DROPPED; i++) {
            add(BASE + (long) i * CAPACITY).clear();
        }
        findings.sweep();
        assertEquals(DROPPED, taken);
        assertEquals(List.of(DROPPED + " " + KEPT), told);
        assertEquals(KEPT + DROPPED, table.count());

        findings.sweep();
        assertEquals("0 " + (KEPT + DROPPED), told.getLast());
        assertTrue(table.checkInvariants());
        Reference.reachabilityFence(buffer);
    }
}
