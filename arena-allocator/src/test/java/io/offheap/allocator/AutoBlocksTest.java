package io.offheap.allocator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.offheap.allocator.AutoBlocks.Block;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What the JDK's cleaner does is done here by hand: it tells of the ends.
class AutoBlocksTest {

    private static final int BOUND = 8;

    private static final class Taker implements AutoBlocks.Taker {
        private final List<Long> kept = new ArrayList<>();
        private final List<Long> taken = new ArrayList<>();

        /// Keeps what is small.
        @Override
        public boolean keep(long address, long byteSize) {
            return byteSize < 100 && kept.add(address);
        }

        @Override
        public void take(long address, long byteSize) {
            taken.add(address);
        }
    }

    private final Taker taker = new Taker();
    private final List<Block> live = new ArrayList<>();
    private int collections;
    private int found;                  // by each collection

    /// Reachable as long as the test: else their own ends would be told of too.
    private final List<Arena> sessions = new ArrayList<>();
    private final AutoBlocks blocks = new AutoBlocks(taker, this::collect, BOUND * 2048);

    private void collect() {
        collections++;
        System.gc();                                    // finds the mark
        for (int i = 0; i < found && !live.isEmpty(); i++) {
            end(live.removeFirst());
        }
    }

    private static void end(Block block) {
        block.accept(MemorySegment.NULL);
    }

    private Block begin(long address, long byteSize) {
        final var session = Arena.ofAuto();
        sessions.add(session);
        final var block = blocks.begin(session);
        block.set(address, byteSize, byteSize);
        live.add(block);
        return block;
    }

    @Test
    void smallBlockIsKeptAtOnceAndALargeOneWaits() {
        end(begin(64, 10));
        final var large = begin(128, 1000);
        assertEquals(1000, blocks.charged());
        end(large);
        assertEquals(2, blocks.told());
        assertEquals(List.of(64L), taker.kept);
        assertEquals(List.of(), taker.taken);
        assertEquals(1000, blocks.charged());
        assertTrue(blocks.isWaitedFor());
        blocks.drain();
        assertFalse(blocks.isWaitedFor());
        assertEquals(0, blocks.charged());
        assertEquals(List.of(128L), taker.taken);
    }

    @Test
    void endOfABlockThatNeverWasIsToldOf() {
        end(blocks.begin(Arena.global()));
        assertEquals(1, blocks.told());
        assertFalse(blocks.isWaitedFor());
        assertEquals(List.of(), taker.kept);
    }

    @Test
    void nobodyWaitsBelowTheBound() {
        for (int i = 1; i < BOUND; i++) {
            begin(64 * i, 10);
        }
        blocks.awaitRoom();
        assertEquals(0, collections);
    }

    @Test
    void collectionComesAtTheBoundAndMakesRoom() {
        found = BOUND;
        for (int i = 1; i <= 3 * BOUND; i++) {
            blocks.awaitRoom();
            begin(64 * i, 10);
        }
        assertEquals(2, collections);
        assertEquals(2 * BOUND, taker.kept.size());
    }

    /// Blocks that are simply in use: each time there may be twice as many.
    @Test
    void boundGrowsWithWhatIsInUseAndShrinksAgain() {
        for (int i = 1; i <= 4 * BOUND; i++) {
            blocks.awaitRoom();
            begin(64 * i, 10);
        }
        assertEquals(2, collections);
        found = 4 * BOUND;
        blocks.awaitRoom();
        assertEquals(3, collections);
        assertEquals(0, live.size());
        for (int i = 1; i <= BOUND; i++) {
            begin(64 * i, 10);
        }
        blocks.awaitRoom();
        assertEquals(4, collections);
    }

    @Test
    void interruptedThreadWaitsAndStaysInterrupted() {
        found = BOUND / 4;
        for (int i = 1; i <= BOUND; i++) {
            begin(64 * i, 10);
        }
        Thread.currentThread().interrupt();
        blocks.awaitRoom();
        assertTrue(Thread.interrupted());
        assertEquals(1, collections);
    }
}
