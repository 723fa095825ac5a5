package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.offheap.allocator.safety.BlockSource;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.testkit.Rig;
import java.lang.foreign.Arena;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who is refused at the hard limit when nothing counts that could be garbage.
class RoomByCollectionTest {

    private static final long PAGE = 4096;
    private static final int SIZE = 100;
    private static final long BLOCK = Arena.global().allocate(SIZE).address();
    private static final OutOfMemoryError REFUSAL = new OutOfMemoryError("at the hard limit");

    private final Rig rig = Rig.withPages(PAGE);
    private final Findings findings;
    private final RoomByCollection room;

    RoomByCollectionTest() {
        final var shards = rig.shards(FreedRuns.VOLATILE, 1);
        final var classes = shards.classes();
        final var blocks = Blocks.blind(rig.regions, shards, PAGE);
        final var allowance = new Allowance(Long.MAX_VALUE);
        final var collected = new CollectedBlocks(new HiddenBlocks(blocks, null, source()), blocks, classes, new PageCost(PAGE), allowance);
        final var table = new BufferTable(allowance, new long[0]);
        final var berths = new BufferBerths(table, _ -> { }, false);
        final var handovers = new Handovers();
        final var kept = new KeptBlocks(collected, blocks, classes, berths, handovers, false);
        final var use = new CollectedUse(allowance, Long.MAX_VALUE, table, kept);
        findings = new Findings(table, berths, kept::found, NoArenas.blocks(), handovers, (_, _) -> { });
        room = new RoomByCollection(allowance, table, collected, kept, use, findings,
                new CollectorRuns(findings, use::bytes, use::hasMore, false, new BufferCycle(nanos -> nanos)), () -> 0);
    }

    /// Has a block, from the second request on as it were.
    private static BlockSource source() {
        return (BlockSource) Proxy.newProxyInstance(RoomByCollectionTest.class.getClassLoader(), new Class<?>[] {BlockSource.class},
                (_, _, _) -> BLOCK);
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private long allocateAfter(long before) {
        return room.allocateAfter(REFUSAL, before, 0, SIZE, 1, false);
    }

    /// What they had may be free by now.
    @Test
    void triesOnceMoreIfOthersHadSomethingInHandMeanwhile() {
        final long before = findings.lettingsGo();
        findings.sweep();
        assertEquals(BLOCK, allocateAfter(before));
    }

    /// To try at the limit means to purge for it, and to tell the program's listeners.
    @Test
    void doesNotTryAgainIfNobodyHad() {
        findings.sweep();
        assertSame(REFUSAL, assertThrows(OutOfMemoryError.class, () -> allocateAfter(findings.lettingsGo())));
    }
}
