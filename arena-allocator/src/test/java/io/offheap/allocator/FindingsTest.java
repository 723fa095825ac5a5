package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What others are told of who has something in hand that a collection cannot find meanwhile.
class FindingsTest {

    private static final int KEPT = 8;

    private final List<ByteBuffer> kept = new ArrayList<>();
    private final BufferTable table = new BufferTable(new Allowance(0), new long[0]);
    private final BufferBerths berths = new BufferBerths(table, address -> { }, true);
    private final Findings findings = new Findings(table, berths, (_, _) -> { }, NoArenas.blocks(), new Handovers(), (_, _) -> { });

    private void collect() {
        final long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (!findings.isCollected()) {
            assertTrue(System.nanoTime() < deadline, "the sentinel is not cleared");
            System.gc();
        }
    }

    /// Berths get new scopes then, and who is about to replace one has it in hand, with the scope that the last buffer there has.
    @Test
    void whoNoticesACollectionIsAtWork() {
        for (int i = 0; i < KEPT; i++) {
            final var buffer = ByteBuffer.allocate(1);
            kept.add(buffer);
            table.add(4096L * (i + 1), 1, Blocks.NO_SLOT, new PhantomReference<>(buffer, null));
        }
        findings.sweep();                               // so there is nothing new, and the next collection is not worth another
        final long quiet = findings.quiet();
        collect();
        findings.notice();
        assertEquals(1, findings.collections());
        assertEquals(0, findings.sweptCollections());
        assertFalse(findings.isQuietSince(quiet));
        assertFalse(findings.isAtWork());
        Reference.reachabilityFence(kept);
    }

    /// As a sweep does.
    @Test
    void whoMovesBuffersFromBerthsIsAtWork() {
        final long quiet = findings.quiet();
        findings.moveOut();
        assertFalse(findings.isQuietSince(quiet));
        assertFalse(findings.isAtWork());
    }
}
