package io.offheap.allocator;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.offheap.jcstress.Independent;
import io.offheap.memory.os.RawMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;

/// Who joins a cohort takes its next place by one addition, and who leaves it empties that place by one compare-and-set: the reference in
/// the table is the same for all members, and tells nobody apart.
///
/// A state has a table of its own. The memory of its buffers is nobody's, and is not looked at.
public final class CohortCases {

    private static final int CAPACITY = 64;
    private static final int MOST = 2;
    private static final int NO_CHARGE = Blocks.NO_SLOT;
    private static final long BASE = 1L << 40;

    private CohortCases() {}

    /// Places for buffers of one size, and a cohort that has one member, and room for another one.
    private static final class Buffers {
        private final BufferTable table = new BufferTable(new Allowance(0), new long[0]);
        private final BufferPlaces places = table.placesFor(BASE, CAPACITY);
        private final Cohort.Members members = places.cohort(MOST);
        private final ByteBuffer[] kept = new ByteBuffer[MOST + 1];     // by the program
        private final ByteBuffer first = member(0);

        private static long address(int index) {
            return BASE + (long) index * CAPACITY;
        }

        ByteBuffer member(int index) {
            return add(index, members.join(address(index), CAPACITY), members.cohort());
        }

        /// As [DirectBuffers#allocate] goes about it.
        ///
        /// @return which cohort it is in
        String add(int index, Cohort.Members asked) {
            final var member = asked.join(address(index), CAPACITY);
            if (member != null) {
                add(index, member, asked.cohort());
                return asked == members ? "the last" : "of the next";
            }
            final var own = RawMemory.segment(address(index), CAPACITY, Arena.ofShared()).asByteBuffer();
            add(index, own, new PhantomReference<>(own, null));
            return "in none";
        }

        private ByteBuffer add(int index, ByteBuffer buffer, PhantomReference<?> reference) {
            table.add(places, address(index), CAPACITY, NO_CHARGE, reference);
            kept[index] = buffer;
            return buffer;
        }

        String free(ByteBuffer buffer) {
            return table.remove(MemorySegment.ofBuffer(buffer).address(), buffer, NO_CHARGE) ? "freed" : "refused";
        }

        /// The members of the first cohort are dropped, as it were, and no other buffer is.
        String sweepMembers() {
            members.cohort().clear();
            final long found = sweep();
            Reference.reachabilityFence(kept);
            return found + " found";
        }

        long sweep() {
            return table.sweep((_, _) -> { });
        }
    }

    /// Two threads want the one place that is left, having looked whether there is one.
    @JCStressTest
    @State
    @Outcome(id = "the last, in none, 2 found", expect = ACCEPTABLE, desc = "The first has joined; the other's buffer has an end of its own.")
    @Outcome(id = "in none, the last, 2 found", expect = ACCEPTABLE, desc = "The second has.")
    @Outcome(id = {"the last, the last, .*", "in none, in none, .*"}, expect = FORBIDDEN, desc = "Both have joined, or neither.")
    @Outcome(expect = FORBIDDEN, desc = "A buffer that was refused ends with the cohort, or one that has joined does not.")
    public static class JoinLast implements Independent {
        private final Buffers all = new Buffers();

        /// Joins.
        @Actor
        public void one(LLL_Result r) {
            r.r1 = all.add(1, all.members);
        }

        /// Joins too.
        @Actor
        public void other(LLL_Result r) {
            r.r2 = all.add(2, all.members);
        }

        /// Looks which end with the cohort.
        @Arbiter
        public void look(LLL_Result r) {
            r.r3 = all.sweepMembers();
        }
    }

    /// Two threads ask which cohort is open, and join it.
    @JCStressTest
    @State
    @Outcome(id = "the last, of the next, 2 found", expect = ACCEPTABLE, desc = "It was full when the second asked.")
    @Outcome(id = "of the next, the last, 2 found", expect = ACCEPTABLE, desc = "It was full when the first asked.")
    @Outcome(id = "the last, in none, 2 found", expect = ACCEPTABLE, desc = "It was full when the second joined.")
    @Outcome(id = "in none, the last, 2 found", expect = ACCEPTABLE, desc = "It was full when the first joined.")
    @Outcome(id = "the last, the last, .*", expect = FORBIDDEN, desc = "Both have joined at its last place.")
    @Outcome(id = "(of the next|in none), (of the next|in none), .*", expect = FORBIDDEN, desc = "Nobody has joined at its last place.")
    @Outcome(expect = FORBIDDEN, desc = "A buffer of another cohort ends with this one, or one of this does not.")
    public static class JoinOpen implements Independent {
        private final Buffers all = new Buffers();

        /// Joins what is open.
        @Actor
        public void one(LLL_Result r) {
            r.r1 = all.add(1, all.places.cohort(MOST));
        }

        /// Joins what is open.
        @Actor
        public void other(LLL_Result r) {
            r.r2 = all.add(2, all.places.cohort(MOST));
        }

        /// Looks which end with the cohort.
        @Arbiter
        public void look(LLL_Result r) {
            r.r3 = all.sweepMembers();
        }
    }

    /// A member is freed while another one joins.
    @JCStressTest
    @State
    @Outcome(id = "freed, the last, 1 found", expect = ACCEPTABLE, desc = "The place of one that has left stays his: neither sees the other.")
    @Outcome(id = "refused, .*", expect = FORBIDDEN, desc = "It was no member for a moment.")
    @Outcome(id = "freed, in none, .*", expect = FORBIDDEN, desc = "There was room.")
    @Outcome(expect = FORBIDDEN, desc = "The one that was freed will be freed again, or the other one never.")
    public static class LeaveAndJoin implements Independent {
        private final Buffers all = new Buffers();

        /// Frees the one.
        @Actor
        public void leave(LLL_Result r) {
            r.r1 = all.free(all.first);
        }

        /// Joins with another.
        @Actor
        public void join(LLL_Result r) {
            r.r2 = all.add(1, all.members);
        }

        /// Looks which end with the cohort.
        @Arbiter
        public void look(LLL_Result r) {
            r.r3 = all.sweepMembers();
        }
    }

    /// Two threads have the same buffer leave its cohort.
    @JCStressTest
    @State
    @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "The first has.")
    @Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The second has.")
    @Outcome(expect = FORBIDDEN, desc = "Both have, and both will take the table for theirs; or nobody has, and nobody frees it.")
    public static class LeaveTwice implements Independent {
        private final Buffers all = new Buffers();

        /// Leaves.
        @Actor
        public void one(LL_Result r) {
            r.r1 = all.members.cohort().leave(all.first);
        }

        /// Leaves too.
        @Actor
        public void other(LL_Result r) {
            r.r2 = all.members.cohort().leave(all.first);
        }
    }

    /// Two threads free a member, and the first has the next buffer at its place at once, in the same cohort: the same reference is there again.
    @JCStressTest
    @State
    @Outcome(id = "freed, refused, 1 found", expect = ACCEPTABLE, desc = "The first has freed it, and the next one is there.")
    @Outcome(id = "refused, freed, 0 found", expect = ACCEPTABLE, desc = "The second has freed it: no next one.")
    @Outcome(id = "freed, freed, .*", expect = FORBIDDEN, desc = "The next one was freed in its stead.")
    @Outcome(expect = FORBIDDEN, desc = "Nobody has freed it, or the next one will never be found.")
    public static class TwiceAndNext implements Independent {
        private final Buffers all = new Buffers();

        /// Frees it, and has the next one.
        @Actor
        public void freeAndAdd(LLL_Result r) {
            final var freed = all.free(all.first);
            if (freed.equals("freed")) {
                all.member(0);
            }
            r.r1 = freed;
        }

        /// Frees it too.
        @Actor
        public void free(LLL_Result r) {
            r.r2 = all.free(all.first);
        }

        /// Looks whether the next one is there.
        @Arbiter
        public void look(LLL_Result r) {
            r.r3 = all.sweepMembers();
        }
    }

    /// A member that is dropped at once comes in where none is in any more, while a sweep looks.
    @JCStressTest
    @State
    @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "The sweep has found it.")
    @Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The next one does.")
    @Outcome(expect = FORBIDDEN, desc = "It is found twice, or never: nobody looks there any more.")
    public static class JoinAndSweep implements Independent {
        private final Buffers all = new Buffers();

        /// All that were in are out, and nobody has looked since.
        public JoinAndSweep() {
            all.free(all.first);
            all.members.cohort().clear();
        }

        /// Comes in.
        @Actor
        public void join() {
            all.add(1, all.members);
        }

        /// Looks.
        @Actor
        public void sweep(LL_Result r) {
            r.r1 = all.sweep();
        }

        /// Looks again.
        @Arbiter
        public void look(LL_Result r) {
            r.r2 = all.sweep();
        }
    }
}
