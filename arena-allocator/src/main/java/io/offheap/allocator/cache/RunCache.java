package io.offheap.allocator.cache;

import io.offheap.allocator.extent.Extent;
import io.offheap.allocator.size.PageClasses;
import io.offheap.memory.purge.VolatileRun.State;
import java.util.Arrays;
import java.util.function.Consumer;

/// Freed page runs at one thread's hand: a short stack for each rung of the ladder.
///
/// The runs are *volatile* while they wait: a purger may take the memory from under the cache, and the run
/// stays where it is. Their state words decide; so keeping a run costs one store beyond the mark, taking
/// it back one compare-and-set, and speed never hides memory from pressure.
///
/// Written by the cache's owner alone. A purger reads the stacks without a lock: it may see a run that has
/// left, whose state word then says whether it may be purged all the same.
///
/// ## Invariants (checked by [#checkInvariants], when the owner is not at work)
/// - **U1** of each stack the first `counts` places have a run and no other has, and there are at most `depths` of them
/// - **U2** `bytes` is the sum of the sizes of all runs, at most the capacity
/// - **U3** a run is of the rung of its stack, and volatile, purged or on the way from one to the other
final class RunCache {

    /// Rungs up to 16 MiB of 4 KiB pages have a stack.
    static final int RUNGS = PageClasses.ceilingIndex(4096) + 1;

    static final int FIRST_DEPTH = 16;
    static final int MOST_DEPTH = 256;

    /// The bound of the whole, bytes. The runs are purgeable, so this bounds bookkeeping, not memory.
    static final long CAPACITY_BYTES = 128L << 20;

    private final int mostDepth;
    private final long capacityBytes;
    private final Extent[][] stacks = new Extent[RUNGS][];              // allocated at the first push
    private final int[] counts = new int[RUNGS];
    private final int[] depths = new int[RUNGS];
    private final boolean[] missed = new boolean[RUNGS];                // found empty since it was last found full
    private long changes;
    private long bytes;
    private int victim;                 // the stack that was evicted from last
    private long reuses;
    private long reusedBytes;

    RunCache() {
        this(FIRST_DEPTH, MOST_DEPTH, CAPACITY_BYTES);
    }

    /// @param firstDepth    runs of a rung at first
    /// @param mostDepth     runs of a rung once it has grown
    /// @param capacityBytes of all runs
    RunCache(int firstDepth, int mostDepth, long capacityBytes) {
        this.mostDepth = mostDepth;
        this.capacityBytes = capacityBytes;
        Arrays.fill(depths, firstDepth);
    }

    /// Takes the run pushed last, if its memory is still there.
    ///
    /// @return an active run, or null: look at [#pop] then
    Extent reuse(int rung) {
        final int last = counts[rung] - 1;
        if (last < 0 || !stacks[rung][last].reuse()) {
            return null;
        }
        reuses++;
        final var extent = pop(rung);
        reusedBytes += extent.size();
        return extent;
    }

    /// {@return the run pushed last, active if its memory is still there, whatever its state if not; null if the stack is empty}
    Extent take(int rung) {
        final var warm = reuse(rung);
        return warm != null ? warm : pop(rung);
    }

    /// {@return the run pushed last, whatever its state, or null if the stack is empty}
    Extent pop(int rung) {
        final int last = counts[rung] - 1;
        if (last < 0) {
            missed[rung] = true;
            return null;
        }
        final var extent = stacks[rung][last];
        stacks[rung][last] = null;
        counts[rung] = last;
        bytes -= extent.size();
        changes++;
        return extent;
    }

    /// {@return whether a marked run was taken in}
    ///
    /// @throws OutOfMemoryError if the Java heap is full; nothing has changed then
    boolean push(Extent extent, int rung) {
        final int place = counts[rung];
        if (place == depths[rung] || bytes + extent.size() > capacityBytes) {
            return false;
        }
        if (stacks[rung] == null) {
            stacks[rung] = new Extent[depths[rung]];
        } else if (place == stacks[rung].length) {
            stacks[rung] = Arrays.copyOf(stacks[rung], depths[rung]);
        }
        stacks[rung][place] = extent;
        counts[rung] = place + 1;
        bytes += extent.size();
        changes++;
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
        changes++;
        return oldest;
    }

    /// {@return up to `most` of the runs of a rung that were pushed last}
    Extent[] takeNewest(int rung, int most) {
        final var taken = new Extent[Math.min(most, counts[rung])];
        for (int i = 0; i < taken.length; i++) {
            taken[i] = pop(rung);
        }
        return taken;
    }

    /// Moves all runs out, the coldest of each rung first. Allocates nothing.
    ///
    /// @param into has [#count] places
    void takeAll(Extent[] into) {
        int taken = 0;
        for (int rung = 0; rung < RUNGS; rung++) {
            final int count = counts[rung];
            if (count > 0) {
                System.arraycopy(stacks[rung], 0, into, taken, count);
                Arrays.fill(stacks[rung], 0, count, null);
                counts[rung] = 0;
                taken += count;
                changes++;
            }
        }
        bytes = 0;
    }

    /// {@return how many runs are here}
    int count() {
        int sum = 0;
        for (final int count : counts) {
            sum += count;
        }
        return sum;
    }

    /// {@return whether there may be a run of a rung} A look from outside.
    boolean mayHave(int rung) {
        return counts[rung] > 0;
    }

    /// Makes room for a run of a rung that [#push] refused. If its own stack is full, that becomes deeper when its owner
    /// swings by more than it holds, or else gives the older half away; otherwise the coldest of the next stack in turn
    /// leaves, so that sizes which are no longer asked for go.
    ///
    /// @return the runs that leave, all of one rung; none if there is room now
    /// @throws OutOfMemoryError if the Java heap is full; every run is still here then
    Extent[] evictFor(int rung) {
        if (counts[rung] < depths[rung]) {
            return new Extent[] {takeOldest(nextVictim(rung))};
        }
        final boolean swings = missed[rung];
        missed[rung] = false;
        if (swings && depths[rung] < mostDepth) {
            depths[rung] *= 2;
            return new Extent[0];
        }
        final int half = depths[rung] / 2;
        final var older = Arrays.copyOf(stacks[rung], half);
        System.arraycopy(stacks[rung], half, stacks[rung], 0, depths[rung] - half);
        Arrays.fill(stacks[rung], depths[rung] - half, stacks[rung].length, null);
        counts[rung] -= half;
        for (final var extent : older) {
            bytes -= extent.size();
        }
        changes++;
        return older;
    }

    private int nextVictim(int rung) {
        assert bytes > 0 : "nothing is cached, but a run of rung " + rung + " does not fit";
        do {
            victim = (victim + 1) % RUNGS;
        } while (counts[victim] == 0);
        return victim;
    }

    /// {@return how often a run was taken back with its memory} Exact for the owner.
    long reuses() {
        return reuses;
    }

    /// {@return bytes of the runs that were taken back with their memory} Exact for the owner.
    long reusedBytes() {
        return reusedBytes;
    }

    /// {@return bytes of the runs in a state} A look at what the owner may be changing.
    long bytes(State state) {
        long sum = 0;
        for (final var stack : stacks) {
            for (int i = 0; stack != null && i < stack.length; i++) {
                final var extent = stack[i];
                if (extent != null && extent.state() == state) {
                    sum += extent.size();
                }
            }
        }
        return sum;
    }

    /// Adds what is here to a sum. A look from outside.
    void addTo(CacheStats.Sum sum) {
        sum.volatileBytes += bytes(State.VOLATILE) + bytes(State.PURGING);
        sum.purgedBytes += bytes(State.PURGED);
        sum.volatileReuses += reuses;
        sum.reusedBytes += reusedBytes;
    }

    /// {@return bytes of all runs} A look from outside.
    long bytes() {
        return bytes;
    }

    /// Visits all runs. When the owner is not at work.
    void forEach(Consumer<Extent> visitor) {
        for (int rung = 0; rung < RUNGS; rung++) {
            for (int i = 0; i < counts[rung]; i++) {
                visitor.accept(stacks[rung][i]);
            }
        }
    }

    /// Recomputes what the fields cache and compares. O(runs).
    ///
    /// @param pageSize bytes
    /// @return true
    /// @throws AssertionError naming the invariant
    boolean checkInvariants(long pageSize) {
        long sum = 0;
        for (int rung = 0; rung < RUNGS; rung++) {
            final int count = counts[rung];
            final int places = stacks[rung] == null ? 0 : stacks[rung].length;
            check("U1", 0 <= count && count <= places && places <= depths[rung] && depths[rung] <= mostDepth, rung, count);
            for (int i = 0; i < places; i++) {
                final var run = stacks[rung][i];
                check("U1", (run != null) == (i < count), rung, run);
                if (run != null) {
                    check("U3", PageClasses.floorIndex(run.size() / pageSize) == rung, rung, run);
                    check("U3", !run.isActive() && run.state() != State.HELD, rung, run);
                    sum += run.size();
                }
            }
        }
        check("U2", sum == bytes && sum <= capacityBytes, sum, bytes);
        return true;
    }

    private static void check(String invariant, boolean holds, long where, Object what) {
        if (!holds) {
            throw new AssertionError(invariant + ": " + where + ", " + what);
        }
    }

    /// {@return a number that changes whenever a run comes or leaves} A look from outside.
    long fingerprint() {
        return changes;
    }

    /// {@return the volatile run that was marked first, or null} A stack is in the order of marks, or nearly so where
    /// runs came from several threads, and its first volatile run stands for it.
    Extent oldestVolatile() {
        Extent oldest = null;
        for (final var stack : stacks) {
            final var first = stack == null ? null : firstVolatile(stack);
            oldest = older(oldest, first);
        }
        return oldest;
    }

    /// {@return the one that was marked first of two runs, of which either may be null}
    static Extent older(Extent one, Extent other) {
        return one == null || other != null && other.markedAt() - one.markedAt() < 0 ? other : one;
    }

    private static Extent firstVolatile(Extent[] stack) {
        for (final var extent : stack) {
            if (extent != null && extent.state() == State.VOLATILE) {
                return extent;
            }
        }
        return null;
    }
}
