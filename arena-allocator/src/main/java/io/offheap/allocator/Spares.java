package io.offheap.allocator;

import io.offheap.allocator.slab.SlotVisitor;
import java.util.Arrays;
import java.util.stream.LongStream;

/// Slots whose buffers or arenas the collector has found unreachable, waiting for the next ones of their class.
///
/// The collector finds them by the hundred thousand at a time. Given back one by one, slabs would be taken apart that are
/// built again at once; and as a rule the program that has dropped so many buffers wants as many again. So they are kept,
/// until the daemon sees that nobody wants them: what was left of a class at the lowest moment between two of its looks goes.
///
/// Stacks for each class, in stripes; a thread begins at a stripe of its own. Every method but [#pop] and [#push] is slow. Any thread may
/// call any; no lock is taken within.
///
/// ## Invariants (checked by [#checkInvariants])
/// - **N1** of each stack there are no more slots than places, and at least as many as at the lowest moment
/// - **N2** no slot is 0 or is here twice
final class Spares {

    private static final int STRIPES = 8;
    private static final int FIRST_PLACES = 64;
    private static final long[] NONE = {};

    /// Frees what is not kept; no lock is held.
    interface Release {
        void free(long address);
    }

    private static final class Stripe extends SpinLock {
        private final long[][] stacks;
        private final int[] counts;
        private final int[] lowest;     // of the counts, since the last trim

        Stripe(int classes) {
            this.stacks = new long[classes][];
            this.counts = new int[classes];
            this.lowest = new int[classes];
            Arrays.fill(stacks, NONE);
        }

        void push(long address, int slotClass) {
            final int count = counts[slotClass];
            if (count == stacks[slotClass].length) {
                stacks[slotClass] = Arrays.copyOf(stacks[slotClass], Math.max(FIRST_PLACES, 2 * count));
            }
            stacks[slotClass][count] = address;
            counts[slotClass] = count + 1;
        }

        long pop(int slotClass) {
            final int left = counts[slotClass] - 1;
            if (left < 0) {
                return 0;
            }
            counts[slotClass] = left;
            lowest[slotClass] = Math.min(lowest[slotClass], left);
            return stacks[slotClass][left];
        }

        /// {@return all of a class, which stay}
        long[] copyOf(int slotClass) {
            lock();
            try {
                final int count = counts[slotClass];
                check("N1", 0 <= lowest[slotClass] && lowest[slotClass] <= count, count);
                check("N1", count <= stacks[slotClass].length, count);
                return Arrays.copyOf(stacks[slotClass], count);
            } finally {
                unlock();
            }
        }

        /// {@return the oldest so many of a class, which are here no longer}
        long[] takeOldest(int slotClass, int count) {
            final var stack = stacks[slotClass];
            final var taken = Arrays.copyOf(stack, count);
            final int left = counts[slotClass] - count;
            stacks[slotClass] = left == 0 ? NONE : Arrays.copyOfRange(stack, count, count + left);
            counts[slotClass] = left;
            return taken;
        }
    }

    private final int classes;
    private final Stripe[] stripes = new Stripe[STRIPES];

    /// Where there may be any. A look without lock that is wrong costs a slot its re-use, no more: nothing is lost.
    private final boolean[] filled;

    /// @param classes how many slot classes there are
    Spares(int classes) {
        this.classes = classes;
        this.filled = new boolean[classes];
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe(classes);
        }
    }

    /// Keeps a slot.
    ///
    /// @param near which stripe; slots that lie together should go to the same one
    /// @throws OutOfMemoryError if there is no heap for it; it is not kept then
    void push(long address, int slotClass, int near) {
        final var stripe = stripes[near & STRIPES - 1];
        stripe.lock();
        try {
            stripe.push(address, slotClass);
        } finally {
            stripe.unlock();
        }
        if (!filled[slotClass]) {
            filled[slotClass] = true;
        }
    }

    /// {@return a slot of a class, or 0 if there seems to be none} Fast where there is none.
    long pop(int slotClass) {
        return filled[slotClass] ? popFromAny(slotClass) : 0;
    }

    private long popFromAny(int slotClass) {
        final int own = (int) Thread.currentThread().threadId();
        for (int i = 0; i < STRIPES; i++) {
            final long address = popFrom(stripes[own + i & STRIPES - 1], slotClass);
            if (address != 0) {
                return address;
            }
        }
        filled[slotClass] = false;
        return 0;
    }

    private static long popFrom(Stripe stripe, int slotClass) {
        if (stripe.counts[slotClass] == 0) {            // a look without lock
            return 0;
        }
        stripe.lock();
        final long address = stripe.pop(slotClass);
        stripe.unlock();
        return address;
    }

    /// {@return how many slots of a class are kept} Exact when nobody else is at work.
    long count(int slotClass) {
        long sum = 0;
        for (final var stripe : stripes) {
            stripe.lock();
            sum += stripe.counts[slotClass];
            stripe.unlock();
        }
        return sum;
    }

    /// Visits all slots. For checks.
    void forEach(SlotVisitor visitor) {
        for (final var stripe : stripes) {
            for (int slotClass = 0; slotClass < classes; slotClass++) {
                for (final long address : stripe.copyOf(slotClass)) {
                    visitor.visit(address, slotClass);
                }
            }
        }
    }

    /// {@return true} O(slots).
    ///
    /// @throws AssertionError naming the invariant
    boolean checkInvariants() {
        final var slots = LongStream.builder();
        forEach((address, _) -> slots.add(address));
        long last = 0;
        for (final long address : slots.build().sorted().toArray()) {
            check("N2", address != last, address);
            last = address;
        }
        return true;
    }

    private static void check(String invariant, boolean holds, long what) {
        if (!holds) {
            throw new AssertionError("%s: 0x%x".formatted(invariant, what));
        }
    }

    /// Gives up what nobody has wanted since the last call.
    void trim(Release release) {
        giveUp(release, false);
    }

    /// Gives up everything.
    void drain(Release release) {
        giveUp(release, true);
    }

    private void giveUp(Release release, boolean all) {
        for (final var stripe : stripes) {
            for (int slotClass = 0; slotClass < classes; slotClass++) {
                if (stripe.counts[slotClass] > 0) {     // a look without lock
                    for (final long address : take(stripe, slotClass, all)) {
                        release.free(address);
                    }
                }
            }
        }
    }

    private static long[] take(Stripe stripe, int slotClass, boolean all) {
        stripe.lock();
        try {
            final int unwanted = all ? stripe.counts[slotClass] : Math.min(stripe.lowest[slotClass], stripe.counts[slotClass]);
            final var taken = unwanted == 0 ? NONE : stripe.takeOldest(slotClass, unwanted);
            stripe.lowest[slotClass] = stripe.counts[slotClass];
            return taken;
        } finally {
            stripe.unlock();
        }
    }
}
