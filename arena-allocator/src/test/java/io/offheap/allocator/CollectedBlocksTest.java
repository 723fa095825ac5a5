package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.safety.BlockSource;
import io.offheap.allocator.shard.FreedRuns;
import io.offheap.allocator.testkit.Rig;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What blocks count with, where somebody else asks at the worst moment.
class CollectedBlocksTest {

    private static final long PAGE = 4096;
    private static final long ADDRESS = 1L << 40;
    private static final long SIZE = 40L << 20;

    private final Allowance allowance = new Allowance(SIZE);
    private final List<Long> takenBeforeFree = new ArrayList<>();

    /// Frees nothing, and notes what counts at that moment.
    private BlockSource source() {
        return (BlockSource) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {BlockSource.class}, (_, method, _) -> {
            assertEquals("freeHidden", method.getName());
            takenBeforeFree.add(allowance.taken());
            return null;
        });
    }

    /// Else somebody could have the charge and be refused the memory, with nothing left to wait for.
    @Test
    void blockCountsUntilItsMemoryIsFree() {
        try (var rig = Rig.withPages(PAGE)) {
            final var shards = rig.shards(FreedRuns.VOLATILE, 1);
            final var blocks = Blocks.blind(rig.regions, shards, PAGE);
            final var collected = new CollectedBlocks(new HiddenBlocks(blocks, null, source()), blocks, shards.classes(),
                    new PageCost(PAGE), allowance);
            assertTrue(allowance.tryTake(SIZE));
            collected.free(ADDRESS, SIZE);
            assertEquals(List.of(SIZE), takenBeforeFree);
            assertEquals(0, allowance.taken());
        }
    }
}
