package io.offheap.allocator.safety;

import io.offheap.allocator.debug.Debugging;
import io.offheap.allocator.debug.MemoryError;
import io.offheap.allocator.debug.MemoryError.Kind;

/// What is written into blocks and around them, and what it says of a program when it has changed.
///
/// ```
///   live:    | redzone | fresh bytes, or the program's | redzone |
///   freed:   | poison                                            |
/// ```
///
/// Blocks with pages of their own are told by those instead ([GuardedPages]).
///
/// Any thread; the caller sees to it that the block is not freed, or its memory used again, in between.
final class BlockChecks {

    /// So many bytes of a large block are filled: more would be felt, and give memory to pages that may have none.
    static final long MOST_FILLED = 1 << 20;

    private final boolean redzones;
    private final boolean poison;
    private final GuardedPages guards;

    BlockChecks(Debugging options, GuardedPages guards) {
        this.redzones = options.redzones();
        this.poison = options.poison();
        this.guards = guards;
    }

    /// Fills a new block.
    ///
    /// @param zeroed whether it must read as zero, as it does
    void fillNew(Block block, boolean zeroed) {
        if (poison && !zeroed) {
            Fill.fill(block.address, block.address + Math.min(block.size, MOST_FILLED), Debugging.FRESH);
        }
        if (redzones) {
            Fill.fill(block.low, block.address, Fill.REDZONE);
            Fill.fill(block.end(), block.high, Fill.REDZONE);
        }
    }

    /// Makes a block one that nobody may touch.
    void fillFreed(Block block) {
        if (block.isGuarded) {
            guards.retire(block);
        } else if (poison) {
            Fill.fill(block.low, filledTo(block), Debugging.FREED);
        }
    }

    private static long filledTo(Block block) {
        return Math.min(block.high, block.low + MOST_FILLED);
    }

    /// {@return what is wrong around a live block, or null}
    MemoryError liveError(Block block) {
        if (redzones) {
            final long before = Fill.firstOther(block.low, block.address, Fill.REDZONE);
            final long at = before != 0 ? before : Fill.firstOther(block.end(), block.high, Fill.REDZONE);
            if (at != 0) {
                return block.error(Kind.OVERFLOW, at);
            }
        }
        return block.isGuarded ? guards.checkGuards(block) : null;
    }

    /// {@return what is wrong with a block in quarantine, or null}
    MemoryError freedError(Block block) {
        if (block.isGuarded) {
            return guards.checkFreed(block);
        }
        return poison
                ? block.error(Kind.WRITE_AFTER_FREE, Fill.firstOther(block.low, filledTo(block), Debugging.FREED))
                : null;
    }
}
