package io.offheap.jcstress.block;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.allocator.OffHeapAllocator;
import java.lang.foreign.MemorySegment;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.L_Result;

/// A large block is freed by two threads, or taken again while freed memory is purged.
public final class FreeCases {

    private static final OffHeapAllocator ALLOCATOR = Allocators.newAllocator();

    /// More than any slot has: a run of pages of its own, whose state word decides.
    private static final long LARGE = 32 * 4096;

    private FreeCases() {}

    private static String free(long address) {
        try {
            ALLOCATOR.freeAddress(address);
            return "freed";
        } catch (IllegalArgumentException e) {
            return "refused";
        }
    }

    /// Two threads free the same block.
    @JCStressTest
    @State
    @Outcome(id = "freed, refused, two blocks", expect = ACCEPTABLE, desc = "The first has freed it.")
    @Outcome(id = "refused, freed, two blocks", expect = ACCEPTABLE, desc = "The second has freed it.")
    @Outcome(id = "freed, freed, .*", expect = FORBIDDEN, desc = "Both have: it will be handed out twice.")
    @Outcome(expect = FORBIDDEN, desc = "Nobody has, or it was handed out twice.")
    public static class Twice {
        private final long address = ALLOCATOR.allocateAddress(LARGE);

        /// Frees it.
        @Actor
        public void one(LLL_Result r) {
            r.r1 = free(address);
        }

        /// Frees it too.
        @Actor
        public void other(LLL_Result r) {
            r.r2 = free(address);
        }

        /// Takes two blocks of its size.
        @Arbiter
        public void look(LLL_Result r) {
            final long one = ALLOCATOR.allocateAddress(LARGE);
            final long other = ALLOCATOR.allocateAddress(LARGE);
            r.r3 = one == other ? "one block" : "two blocks";
            ALLOCATOR.freeAddress(one);
            ALLOCATOR.freeAddress(other);
        }
    }

    /// A freed block is taken again and filled while freed memory is purged.
    @JCStressTest
    @State
    @Outcome(id = "data", expect = ACCEPTABLE, desc = "Taken back with its memory, or purged before and zero-filled by the kernel.")
    @Outcome(expect = FORBIDDEN, desc = "Memory was given back under its new owner.")
    public static class TakeAgainAndPurge {
        private MemorySegment block;

        /// Some memory is volatile.
        public TakeAgainAndPurge() {
            ALLOCATOR.freeAddress(ALLOCATOR.allocateAddress(LARGE));
        }

        /// Takes it, and fills it.
        @Actor
        public void allocate() {
            block = ALLOCATOR.allocateUninitialized(LARGE, 1);
            Allocators.fill(block, Allocators.DATA);
        }

        /// Gives everything volatile back.
        @Actor
        public void purge() {
            ALLOCATOR.purge();
        }

        /// Looks.
        @Arbiter
        public void look(L_Result r) {
            r.r1 = Allocators.read(block);
            ALLOCATOR.free(block);
        }
    }
}
