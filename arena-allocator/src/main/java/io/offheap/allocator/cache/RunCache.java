package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.size.PageClasses;
import io.offheap.memory.purge.VolatileRun.State;

/// Freed page runs at one thread's hand: a short stack for each rung of the ladder.
///
/// The runs are *volatile* while they wait: a purger may take the memory from under the cache, and the run
/// stays where it is. Their state words decide; so keeping a run costs one store beyond the mark, taking
/// it back one compare-and-set, and speed never hides memory from pressure.
///
/// Written by the cache's owner alone. A purger reads the stacks without a lock: it may see a run that has
/// left, whose state word then says whether it may be purged all the same.
final class RunCache {

    /// Rungs up to 16 MiB of 4 KiB pages have a stack.
    static final int RUNGS = PageClasses.ceilingIndex(4096) + 1;

    private static final int DEPTH = 16;

    /// The bound of the whole, bytes. The runs are purgeable, so this bounds bookkeeping, not memory.
    static final long CAPACITY_BYTES = 64L << 20;

    private final Extent[][] stacks = new Extent[RUNGS][];              // allocated at the first push
    private final int[] counts = new int[RUNGS];
    private long bytes;
    private int victim;                 // the stack that was evicted from last
    private long reuses;

    /// Takes the run pushed last, if its memory is still there.
    ///
    /// @return an active run, or null: look at [#pop] then
    Extent reuse(int rung) {
        final int last = counts[rung] - 1;
        if (last < 0 || !stacks[rung][last].reuse()) {
            return null;
        }
        reuses++;
        return pop(rung);
    }

    /// {@return the run pushed last, whatever its state, or null if the stack is empty}
    Extent pop(int rung) {
        final int last = counts[rung] - 1;
        if (last < 0) {
            return null;
        }
        final var extent = stacks[rung][last];
        stacks[rung][last] = null;
        counts[rung] = last;
        bytes -= extent.size();
        return extent;
    }

    /// {@return whether a marked run was taken in}
    boolean push(Extent extent, int rung) {
        final int place = counts[rung];
        if (place == DEPTH || bytes + extent.size() > CAPACITY_BYTES) {
            return false;
        }
        if (stacks[rung] == null) {
            stacks[rung] = new Extent[DEPTH];
        }
        stacks[rung][place] = extent;
        counts[rung] = place + 1;
        bytes += extent.size();
        return true;
    }

    /// {@return the run pushed first of a rung, which is the coldest, or null}
    Extent takeOldest(int rung) {
        if (counts[rung] == 0) {
            return null;
        }
        final var stack = stacks[rung];
        final var oldest = stack[0];
        final int left = --counts[rung];
        System.arraycopy(stack, 1, stack, 0, left);
        stack[left] = null;
        bytes -= oldest.size();
        return oldest;
    }

    /// Makes room for a run of a rung that [#push] refused: the coldest of its own stack if that is full,
    /// else of the next stack in turn, so that sizes which are no longer asked for leave.
    ///
    /// @return the run that leaves
    Extent evictFor(int rung) {
        if (counts[rung] == DEPTH) {
            return takeOldest(rung);
        }
        assert bytes > 0 : "nothing is cached, but a run of rung " + rung + " does not fit";
        do {
            victim = (victim + 1) % RUNGS;
        } while (counts[victim] == 0);
        return takeOldest(victim);
    }

    /// {@return how often a run was taken back with its memory} Exact for the owner.
    long reuses() {
        return reuses;
    }

    /// {@return bytes of the runs in a state} A look at what the owner may be changing.
    long bytes(State state) {
        long sum = 0;
        for (final var stack : stacks) {
            for (int i = 0; stack != null && i < DEPTH; i++) {
                final var extent = stack[i];
                if (extent != null && extent.state() == state) {
                    sum += extent.size();
                }
            }
        }
        return sum;
    }

    /// {@return the volatile run that was marked first, or null}
    Extent oldestVolatile() {
        Extent oldest = null;
        for (final var stack : stacks) {
            for (int i = 0; stack != null && i < DEPTH; i++) {
                final var extent = stack[i];
                if (extent != null && extent.state() == State.VOLATILE
                        && (oldest == null || extent.markedAt() - oldest.markedAt() < 0)) {
                    oldest = extent;
                }
            }
        }
        return oldest;
    }
}
